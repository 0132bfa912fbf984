// Defines the states that a proxy can have: the controller determines them; status, metrics and the command show them.

/** In display order. */
export const proxyStates = ["programmed", "pending", "refused", "unsupported"] as const;

export type ProxyState = {
  readonly namespace: string;
  readonly pod: string;
  readonly state: (typeof proxyStates)[number];
  /** Why the proxy is not programmed; empty if it is. */
  readonly reason: string;
  /** Pending only because something that an earlier leader wrote may not have arrived yet; nothing else is wrong. */
  readonly isTooEarly?: true;
};
