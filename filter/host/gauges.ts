// The gauges of one proxy, which the VMs of all its workers and listeners share.

export class Gauges {
  readonly #rejects: boolean;
  readonly #values = new Map<string, bigint>();

  /** @param rejects whether the proxy's stats_matcher rejects every gauge: nobody can then set it */
  constructor({ rejects = false } = {}) {
    this.#rejects = rejects;
  }

  /** 0 if nobody has set it. */
  get(name: string): bigint {
    return this.#values.get(name) ?? 0n;
  }

  set(name: string, value: bigint): void {
    if (!this.#rejects) this.#values.set(name, value);
  }
}
