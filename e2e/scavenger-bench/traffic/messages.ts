// What the bench tells its traffic programs, and what they answer.

/** To sender.ts. Flows are TCP connections that always have something to send. */
export type SenderOrder = { readonly start: string; readonly flows: number } | { readonly stop: string };

/** From receiver.ts, whenever it is asked: bytes received so far, by address. */
export interface Received {
  readonly bytes: Readonly<Record<string, number>>;
  /** performance.now(), milliseconds. */
  readonly at: number;
}

/** From requests.ts, whenever it is asked: the latencies since the last time, milliseconds. */
export interface Latencies {
  readonly millis: readonly number[];
  /** Requests that have waited for an answer until now. */
  readonly waiting: readonly number[];
}

export const ports = { bulk: 5001, requests: 5002 } as const;
