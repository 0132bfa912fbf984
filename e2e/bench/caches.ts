// Empties the caches of a worker's core, level by level, as other programs on the core do between two requests of a quiet service.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** L3-warm: L1 and L2 have other content. DRAM-cold: so has L3, or as much of it as the walk covers. */
export type CacheState = "L3-warm" | "DRAM-cold";
export const cacheStates: readonly CacheState[] = ["L3-warm", "DRAM-cold"];

const mebibyte = 1 << 20;

/** Bytes of the core's cache of that level, see sysfs-devices-system-cpu; undefined where the kernel does not say. */
function cacheSize(level: 2 | 3): number | undefined {
  for (let index = 0; index < 8; index++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${index}`;
    try {
      if (Number(readFileSync(`${folder}/level`, "utf8")) !== level) continue;
      return Number.parseInt(readFileSync(`${folder}/size`, "utf8"), 10) * 1024;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Half as much again as the cache, so that what was there is gone whatever it evicts first; L3 up to what a walk of 0.1 s covers. */
export function walkSizes(): Readonly<Record<CacheState, number>> {
  const [l2 = 2 * mebibyte, l3 = 32 * mebibyte] = [cacheSize(2), cacheSize(3)];
  return {
    "L3-warm": Math.round(l2 * 1.5),
    "DRAM-cold": Math.min(256 * mebibyte, Math.max(64 * mebibyte, Math.round(l3 * 1.5))),
  };
}

export class CacheWalk {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(new URL("./cache-walk.ts", import.meta.url));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** @throws when the process has ended */
  walk(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error("the process that empties the caches ended"));
      this.#child.once("exit", ended);
      this.#child.once("message", () => {
        this.#child.off("exit", ended);
        resolve();
      });
      this.#child.send(bytes);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}
