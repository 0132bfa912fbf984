// The limit that a RequestQueue has today.
import type { Limit } from "./limit.ts";

export class Fixed implements Limit {
  readonly limit: number;
  constructor(limit: number) {
    this.limit = limit;
  }
  ended(): void {
    // Nothing changes it.
  }
  tick(): void {
    // Nothing changes it.
  }
}
