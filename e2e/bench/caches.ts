// Empties the caches of a worker's core, level by level, as other programs on the core do between two requests of a quiet service.
import { readFileSync } from "node:fs";
import { ChildProgram } from "./child-program.ts";

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

/** Walks through as many bytes as it is asked, and answers when it is done. */
export function cacheWalk(): ChildProgram {
  return new ChildProgram(new URL("./cache-walk.ts", import.meta.url), "the process that empties the caches");
}
