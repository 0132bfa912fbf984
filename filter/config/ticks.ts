// Finds VMs that stopped, from two samples of a proxy's metrics. A VM that trapped stays as it is, and its worker's requests pass
// unfiltered, until the proxy gets a filter with another vm_config.configuration.
import type { FilterConfig } from "./schema.ts";

/** Of a counter that grows by one a second for each VM of the role that works. */
export function ticksMetric(role: FilterConfig["role"]): string {
  return `wasmcustom.expedite.${role}.ticks`;
}

/**
 * FNV-1a of 64 bits of a plugin configuration's first line, as the filter hashes it: sixteen hexadecimal digits. The route list on
 * the second line changes in a VM, and its ticks go on under the same name.
 */
export function configurationHash(configuration: string): string {
  const [text = ""] = configuration.split("\n", 1);
  // In halves: a product of 64 bits has no number of its own in JavaScript but a BigInt, which is slow.
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

/** Of a counter like that of ticksMetric, of the VMs that have this configuration alone. */
export function configurationTicksMetric(role: FilterConfig["role"], hash: string): string {
  return `${ticksMetric(role)}.${hash}`;
}

/** Envoy's gauge of the worker threads that it has. */
export const workersMetric = "server.concurrency";

export interface TickSample {
  /** When it was taken, in seconds from any beginning. */
  readonly seconds: number;
  /** Value of workersMetric. */
  readonly workers: number;
  /** Value of ticksMetric. */
  readonly ticks: number;
}

/** A filter has a VM on each worker and one on the main thread, per configuration that listeners of the role have. */
function expectedVms(configurations: number, workers: number): number {
  return configurations * (workers + 1);
}

/** Seconds between two samples in which one VM counts more than the tick by which each of the others may be late or early. */
export function secondsBetweenLooks(configurations: number, workers: number): number {
  return 3 * expectedVms(configurations, workers);
}

/**
 * @param configurations different ones that listeners of this role have; 1 or more
 * @returns undefined where the two samples can't be compared: too close together, or the proxy was started again between them.
 * While an earlier configuration's listeners drain, their VMs tick too, and may hide one that stopped.
 */
export function stoppedVms(configurations: number, earlier: TickSample, later: TickSample): number | undefined {
  const seconds = later.seconds - earlier.seconds;
  const isSame = later.workers === earlier.workers && later.ticks >= earlier.ticks;
  if (!isSame || seconds < secondsBetweenLooks(configurations, later.workers)) return undefined;
  const living = (later.ticks - earlier.ticks) / seconds;
  return Math.max(0, Math.round(expectedVms(configurations, later.workers) - living));
}
