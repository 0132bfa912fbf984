// A write that the API server refused, and whether the same write may succeed later: as controller-runtime tells terminal errors from others.

/** After so long a write with a terminal error is tried again: RBAC or a webhook may be another by then. */
export const minutesUntilRecheck = 5;

export class WriteError extends Error {
  /** The same write is refused again until the object, or what refused it, is changed. */
  readonly isTerminal: boolean;
  /** How long the API server asks to wait; 0: it does not say. */
  readonly retryAfterMillis: number;

  constructor(message: string, { isTerminal = false, retryAfterMillis = 0 } = {}) {
    super(message);
    this.isTerminal = isTerminal;
    this.retryAfterMillis = retryAfterMillis;
  }
}
