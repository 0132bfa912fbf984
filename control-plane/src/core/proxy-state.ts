// The states in which a proxy can be: the controller finds them; status, metrics and the command name them.

/** In the order in which they are shown. */
export const proxyStates = ["programmed", "pending", "refused", "unsupported"] as const;

export type ProxyState = {
  readonly namespace: string;
  readonly pod: string;
  readonly state: (typeof proxyStates)[number];
  /** Why the proxy is not programmed; empty if it is. */
  readonly reason: string;
  /** Pending only because an earlier leader may have written something that has not arrived yet; nothing else is wrong. */
  readonly isTooEarly?: true;
};
