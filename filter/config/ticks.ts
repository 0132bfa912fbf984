// Finds stopped VMs from two samples of a proxy's metrics. A VM that trapped stays stopped, and its worker's requests pass unfiltered,
// until the proxy gets a filter with another vm_config.configuration.
import type { FilterConfig } from "./schema.ts";

/** The name of a counter that grows by one per second for each working VM of the role. */
export function ticksMetric(role: FilterConfig["role"]): string {
  return `wasmcustom.expedite.${role}.ticks`;
}

/**
 * 64-bit FNV-1a of the first line of a plugin configuration, as the filter hashes it: sixteen hexadecimal digits. The route list on the
 * second line can change within a VM, and its ticks continue under the same name.
 */
export function configurationHash(configuration: string): string {
  const [text = ""] = configuration.split("\n", 1);
  // In halves, because JavaScript has no 64-bit integers except BigInt, which is slow.
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

/** The name of a counter like that of ticksMetric, only for the VMs with this configuration. */
export function configurationTicksMetric(role: FilterConfig["role"], hash: string): string {
  return `${ticksMetric(role)}.${hash}`;
}

/** Envoy's gauge for its number of worker threads. */
export const workersMetric = "server.concurrency";

export interface TickSample {
  /** When the sample was taken, in seconds from any origin. */
  readonly seconds: number;
  /** Value of workersMetric. */
  readonly workers: number;
  /** Value of ticksMetric. */
  readonly ticks: number;
}

/** A filter has a VM on each worker and one on the main thread, for each configuration used by listeners of the role. */
function expectedVms(configurations: number, workers: number): number {
  return configurations * (workers + 1);
}

/** Seconds between two samples so that one VM counts more than the ticks by which all others may be late or early. */
export function secondsBetweenLooks(configurations: number, workers: number): number {
  return 3 * expectedVms(configurations, workers);
}

/**
 * @param configurations number of different configurations of this role's listeners; 1 or more
 * @returns undefined if the two samples can't be compared: too close together, or the proxy was restarted between them. While listeners of
 * an earlier configuration drain, their VMs tick too, and may hide a stopped one.
 */
export function stoppedVms(configurations: number, earlier: TickSample, later: TickSample): number | undefined {
  const seconds = later.seconds - earlier.seconds;
  const isSame = later.workers === earlier.workers && later.ticks >= earlier.ticks;
  if (!isSame || seconds < secondsBetweenLooks(configurations, later.workers)) return undefined;
  const living = (later.ticks - earlier.ticks) / seconds;
  return Math.max(0, Math.round(expectedVms(configurations, later.workers) - living));
}
