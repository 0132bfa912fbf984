// Determines from samples of a proxy's metrics whether the filter runs with the expected configuration, and whether one of its VMs stopped.
import {
  configurationTicksMetric,
  secondsBetweenLooks,
  stoppedVms,
  type TickSample,
} from "@expedite/filter/config/ticks.ts";
import type { FilterSample } from "../reconcile/ports.ts";
import { roleOf } from "../render/xds/names.ts";
import type { ExpectedConfig } from "./expected-config.ts";

/**
 * unknown: the proxy can't be reached, which is no failure. lacking: its metrics lack the configuration. running: they have it. healthy:
 * all of its VMs tick. stopped: one does not.
 */
export type FilterHealth =
  | { readonly state: "unknown" | "lacking" | "running" | "healthy" }
  | { readonly state: "stopped"; readonly why: string };

type Known = {
  /** Identifies the expected configuration and module: another module has new VMs, but the same counters. */
  readonly id: string;
  readonly metrics: readonly string[];
  /** The sample that the next one is compared with. */
  readonly sample: FilterSample;
  /** When it was taken, in seconds. */
  readonly at: number;
  readonly health: FilterHealth;
};

export type ProbeResult = {
  readonly proxy: string;
  readonly expected: ExpectedConfig;
  /** Undefined if the proxy could not be reached. */
  readonly sample: FilterSample | undefined;
  /** When it was taken, in seconds from any origin. */
  readonly seconds: number;
};

/** Seconds until a proxy that could not be reached is tried again. */
const retryAfter = 60;

/** Differs for another configuration or module. */
const idOf = ({ extensions }: ExpectedConfig): string =>
  [...extensions.values()].map(({ name, generation, hash }) => `${name} ${generation} ${hash}`).join();

/** The counters of the expected filters; each configuration has its own. */
function metricsOf({ extensions }: ExpectedConfig): readonly string[] {
  return [...extensions.values()].map(({ name, hash }) => configurationTicksMetric(roleOf(name), hash));
}

export class FilterHealthTracker {
  readonly #known = new Map<string, Known>();
  /** When a proxy could not be reached, by proxy. */
  readonly #unreachable = new Map<string, number>();

  record({ proxy, expected, sample, seconds }: ProbeResult): void {
    const [id, metrics] = [idOf(expected), metricsOf(expected)];
    if (sample === undefined) {
      this.#known.delete(proxy);
      this.#unreachable.set(proxy, seconds);
      return;
    }
    this.#unreachable.delete(proxy);
    const known = this.#known.get(proxy);
    const isNew = known?.id !== id || known.health.state === "lacking";
    if (known === undefined || isNew || hasRestarted(known, sample)) {
      const isThere = metrics.every((metric) => sample.ticks[metric] !== undefined);
      this.#known.set(proxy, { id, metrics, sample, at: seconds, health: { state: isThere ? "running" : "lacking" } });
      return;
    }
    const found = compare(known, sample, seconds);
    // A stopped VM may tick again: the next sample is compared with this one.
    if (found !== undefined) this.#known.set(proxy, { id, metrics, sample, at: seconds, health: found });
  }

  /** Whether to read the metrics again: until the filter is known to run, and if `isWatched` until it is known to be healthy. */
  isDue(
    proxy: string,
    expected: ExpectedConfig,
    { isWatched, now }: { readonly isWatched: boolean; readonly now: number },
  ): boolean {
    if (expected.extensions.size === 0) return false;
    if (this.#unreachable.has(proxy)) return now / 1000 - this.#unreachable.get(proxy)! > retryAfter;
    const known = this.#known.get(proxy);
    if (known?.id !== idOf(expected) || known.health.state === "lacking") return true;
    return isWatched && known.health.state !== "healthy" && now / 1000 - known.at > 1;
  }

  /** Undefined if its metrics have not been read yet with this configuration expected. */
  of(proxy: string, expected: ExpectedConfig): FilterHealth | undefined {
    if (this.#unreachable.has(proxy)) return { state: "unknown" };
    const known = this.#known.get(proxy);
    return known?.id === idOf(expected) ? known.health : undefined;
  }

  isKnown(proxy: string): boolean {
    return this.#known.has(proxy) || this.#unreachable.has(proxy);
  }

  forget(isGone: (proxy: string) => boolean): void {
    for (const known of [this.#known, this.#unreachable])
      for (const proxy of known.keys()) if (isGone(proxy)) known.delete(proxy);
  }
}

const hasRestarted = ({ metrics, sample: earlier }: Known, { workers, ticks }: FilterSample): boolean =>
  workers !== earlier.workers || metrics.some((metric) => (ticks[metric] ?? 0) < (earlier.ticks[metric] ?? 0));

/** Undefined if it is too early to tell. */
function compare(
  { metrics, sample: earlier, at }: Known,
  sample: FilterSample,
  seconds: number,
): FilterHealth | undefined {
  if (seconds - at < secondsBetweenLooks(1, sample.workers)) return undefined;
  for (const metric of metrics) {
    const tickSample = ({ workers, ticks }: FilterSample, when: number): TickSample => ({
      seconds: when,
      workers,
      ticks: ticks[metric] ?? 0,
    });
    const stopped = stoppedVms(1, tickSample(earlier, at), tickSample(sample, seconds));
    if (stopped === undefined) return undefined;
    if (stopped > 0)
      return { state: "stopped", why: `${stopped} VMs of the filter have stopped (${metric} does not grow)` };
  }
  return { state: "healthy" };
}
