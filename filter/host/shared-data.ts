// proxy-wasm shared data: the store that the VMs ("workers") of one proxy share, and the metrics that they share too.
import { Gauges } from "./gauges.ts";

interface Entry {
  readonly value: Uint8Array;
  readonly cas: number;
}

/** Follows proxy-wasm-cpp-host's shared_data.cc: there is no delete, and a missing key is created whatever `cas` is. */
export class SharedData {
  readonly #entries = new Map<string, Entry>();
  readonly gauges: Gauges;
  #lastCas = 0;

  constructor(gauges = new Gauges()) {
    this.gauges = gauges;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** False if `cas` is neither 0 nor that of the key's value, because someone else has written it since. */
  set(key: string, value: Uint8Array, cas: number): boolean {
    const entry = this.#entries.get(key);
    if (entry !== undefined && cas !== 0 && cas !== entry.cas) return false;
    this.#lastCas += 1;
    this.#entries.set(key, { value: Uint8Array.from(value), cas: this.#lastCas });
    return true;
  }

  get size(): number {
    return this.#entries.size;
  }
}
