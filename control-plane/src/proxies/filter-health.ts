// In: looks at the metrics of proxies. Out: of each whether its filter runs with the configuration that is wanted, and whether a VM of it stopped.
import {
  configurationTicksMetric,
  secondsBetweenLooks,
  stoppedVms,
  type TickSample,
} from "@expedite/filter/config/ticks.ts";
import type { FilterSample } from "../reconcile/ports.ts";
import type { ExpectedConfig } from "./expected-config.ts";

/** unknown: it can't be reached, which is no fault. lacking: its metrics do not have the configuration. */
export type FilterHealth =
  | { readonly state: "unknown" | "lacking" | "running" | "healthy" }
  | { readonly state: "stopped"; readonly why: string };

type Look = {
  /** Of what was expected: another module has other VMs, and the same counters. */
  readonly id: string;
  readonly metrics: readonly string[];
  readonly first: FilterSample;
  /** When that was, in seconds. */
  readonly at: number;
  readonly health: FilterHealth;
};

/** Seconds until a proxy that could not be reached is asked again. */
const again = 60;

type Role = Parameters<typeof configurationTicksMetric>[0];

/** Another for another configuration or module. */
const idOf = ({ extensions }: ExpectedConfig): string =>
  [...extensions.values()].map(({ name, generation, hash }) => `${name} ${generation} ${hash}`).join();

/** Of the filters that are expected: each has a counter of its own configuration. */
export function metricsOf({ extensions }: ExpectedConfig): readonly string[] {
  return [...extensions.values()].map(({ name, hash }) =>
    configurationTicksMetric(name.replace("expedite-", "") as Role, hash),
  );
}

export class FilterHealthTracker {
  readonly #looks = new Map<string, Look>();
  readonly #unknown = new Map<string, number>();

  /** `sample`: undefined where the proxy could not be reached. `seconds`: from any beginning. */
  took(proxy: string, expected: ExpectedConfig, sample: FilterSample | undefined, seconds: number): void {
    const [id, metrics] = [idOf(expected), metricsOf(expected)];
    if (sample === undefined) {
      this.#looks.delete(proxy);
      this.#unknown.set(proxy, seconds);
      return;
    }
    this.#unknown.delete(proxy);
    const known = this.#looks.get(proxy);
    const isNew = known?.id !== id || known.health.state === "lacking";
    if (known === undefined || isNew || isStartedAnew(known, sample)) {
      const isThere = metrics.every((metric) => sample.ticks[metric] !== undefined);
      this.#looks.set(proxy, {
        ...{ id, metrics },
        first: sample,
        at: seconds,
        health: { state: isThere ? "running" : "lacking" },
      });
      return;
    }
    const found = compare(known, sample, seconds);
    // One that stopped may go on from here.
    if (found !== undefined) this.#looks.set(proxy, { ...{ id, metrics }, first: sample, at: seconds, health: found });
  }

  /** Whether to ask again: until it is known to run, and where `isWatched` until it is known to go on, also after it stopped. */
  isDue(proxy: string, expected: ExpectedConfig, isWatched: boolean, now: number): boolean {
    if (expected.extensions.size === 0) return false;
    if (this.#unknown.has(proxy)) return now / 1000 - this.#unknown.get(proxy)! > again;
    const known = this.#looks.get(proxy);
    if (known?.id !== idOf(expected) || known.health.state === "lacking") return true;
    return isWatched && known.health.state !== "healthy" && now / 1000 - known.at > 1;
  }

  /** Undefined: not looked at yet with this expectation. */
  of(proxy: string, expected: ExpectedConfig): FilterHealth | undefined {
    if (this.#unknown.has(proxy)) return { state: "unknown" };
    const known = this.#looks.get(proxy);
    return known?.id === idOf(expected) ? known.health : undefined;
  }

  isKnown(proxy: string): boolean {
    return this.#looks.has(proxy) || this.#unknown.has(proxy);
  }

  forget(isGone: (proxy: string) => boolean): void {
    for (const known of [this.#looks, this.#unknown])
      for (const proxy of known.keys()) if (isGone(proxy)) known.delete(proxy);
  }
}

const isStartedAnew = ({ metrics, first }: Look, { workers, ticks }: FilterSample): boolean =>
  workers !== first.workers || metrics.some((metric) => (ticks[metric] ?? 0) < (first.ticks[metric] ?? 0));

/** Undefined: too early to tell. */
function compare({ metrics, first, at }: Look, sample: FilterSample, seconds: number): FilterHealth | undefined {
  if (seconds - at < secondsBetweenLooks(1, sample.workers)) return undefined;
  for (const metric of metrics) {
    const look = ({ workers, ticks }: FilterSample, when: number): TickSample => ({
      ...{ seconds: when, workers, ticks: ticks[metric] ?? 0 },
    });
    const stopped = stoppedVms(1, look(first, at), look(sample, seconds));
    if (stopped === undefined) return undefined;
    if (stopped > 0) return { state: "stopped", why: `${stopped} VMs do not tick (${metric})` };
  }
  return { state: "healthy" };
}
