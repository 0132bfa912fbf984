// Describes a write that the API server refused, and whether the same write may succeed later; like terminal errors in controller-runtime.

/** After this long, a write with a terminal error is retried: RBAC or a webhook may have changed. */
export const minutesUntilRecheck = 5;

export class WriteError extends Error {
  /** The same write will be refused until the object, or what refused it, changes. */
  readonly isTerminal: boolean;
  /** How long the API server asks to wait; 0 if it does not say. */
  readonly retryAfterMillis: number;

  constructor(message: string, { isTerminal = false, retryAfterMillis = 0 } = {}) {
    super(message);
    this.isTerminal = isTerminal;
    this.retryAfterMillis = retryAfterMillis;
  }
}
