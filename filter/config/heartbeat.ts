// Two looks at a proxy's metrics enter, the number of its VMs that stopped leaves. A VM that trapped stays as it is, and its
// worker's requests pass unfiltered, until the proxy is given a filter with another vm_config.configuration.
import type { FilterConfig } from "./schema.ts";

/** Of a counter that grows by one a second for each VM of the role that works. */
export function ticksMetric(role: FilterConfig["role"]): string {
  return `wasmcustom.expedite.${role}.ticks`;
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

/** Seconds between two looks in which one VM counts more than the tick by which each of the others may be late or early. */
export function secondsBetweenLooks(configurations: number, workers: number): number {
  return 3 * expectedVms(configurations, workers);
}

/**
 * @param configurations different ones that listeners of this role have; 1 or more
 * @returns undefined where the two looks can't be compared: too close together, or the proxy was started again between them.
 * While an earlier configuration's listeners drain, their VMs tick too, and may hide one that stopped.
 */
export function stoppedVms(configurations: number, earlier: TickSample, later: TickSample): number | undefined {
  const seconds = later.seconds - earlier.seconds;
  const isSame = later.workers === earlier.workers && later.ticks >= earlier.ticks;
  if (!isSame || seconds < secondsBetweenLooks(configurations, later.workers)) return undefined;
  const living = (later.ticks - earlier.ticks) / seconds;
  return Math.max(0, Math.round(expectedVms(configurations, later.workers) - living));
}
