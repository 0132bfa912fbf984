// In: looks at the metrics of proxies. Out: of each whether its filter runs with the configuration that is wanted, and whether a VM of it stopped.
import {
  configurationTicksMetric,
  secondsBetweenLooks,
  stoppedVms,
  type TickSample,
} from "@expedite/filter/config/ticks.ts";
import type { FilterSample } from "../reconcile/ports.ts";
import type { Expectation } from "./expected-config.ts";

/** unknown: it can't be reached, which is no fault. lacking: its metrics do not have the configuration. */
export type Pulse =
  | { readonly state: "unknown" | "lacking" | "running" | "healthy" }
  | { readonly state: "stopped"; readonly why: string };

type Look = {
  /** Of what was expected: another module has other VMs, and the same counters. */
  readonly id: string;
  readonly metrics: readonly string[];
  readonly first: FilterSample;
  /** When that was, in seconds. */
  readonly at: number;
  readonly pulse: Pulse;
};

/** Seconds until a proxy that could not be reached is asked again. */
const again = 60;

type Role = Parameters<typeof configurationTicksMetric>[0];

/** Another for another configuration or module. */
const idOf = ({ extensions }: Expectation): string =>
  [...extensions.values()].map(({ name, generation, hash }) => `${name} ${generation} ${hash}`).join();

/** Of the filters that are expected: each has a counter of its own configuration. */
export function metricsOf({ extensions }: Expectation): readonly string[] {
  return [...extensions.values()].map(({ name, hash }) =>
    configurationTicksMetric(name.replace("expedite-", "") as Role, hash),
  );
}

export class Pulses {
  readonly #looks = new Map<string, Look>();
  readonly #unknown = new Map<string, number>();

  /** `sample`: undefined where the proxy could not be reached. `seconds`: from any beginning. */
  took(proxy: string, expected: Expectation, sample: FilterSample | undefined, seconds: number): void {
    const [id, metrics] = [idOf(expected), metricsOf(expected)];
    if (sample === undefined) {
      this.#looks.delete(proxy);
      this.#unknown.set(proxy, seconds);
      return;
    }
    this.#unknown.delete(proxy);
    const known = this.#looks.get(proxy);
    const isNew = known?.id !== id || known.pulse.state === "lacking";
    if (known === undefined || isNew || isStartedAnew(known, sample)) {
      const isThere = metrics.every((metric) => sample.ticks[metric] !== undefined);
      this.#looks.set(proxy, {
        ...{ id, metrics },
        first: sample,
        at: seconds,
        pulse: { state: isThere ? "running" : "lacking" },
      });
      return;
    }
    const found = compare(known, sample, seconds);
    // One that stopped may go on from here.
    if (found !== undefined) this.#looks.set(proxy, { ...{ id, metrics }, first: sample, at: seconds, pulse: found });
  }

  /** Whether to ask again: until it is known to run, and where `isWatched` until it is known to go on, also after it stopped. */
  isDue(proxy: string, expected: Expectation, isWatched: boolean, now: number): boolean {
    if (expected.extensions.size === 0) return false;
    if (this.#unknown.has(proxy)) return now / 1000 - this.#unknown.get(proxy)! > again;
    const known = this.#looks.get(proxy);
    if (known?.id !== idOf(expected) || known.pulse.state === "lacking") return true;
    return isWatched && known.pulse.state !== "healthy" && now / 1000 - known.at > 1;
  }

  /** Undefined: not looked at yet with this expectation. */
  of(proxy: string, expected: Expectation): Pulse | undefined {
    if (this.#unknown.has(proxy)) return { state: "unknown" };
    const known = this.#looks.get(proxy);
    return known?.id === idOf(expected) ? known.pulse : undefined;
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
function compare({ metrics, first, at }: Look, sample: FilterSample, seconds: number): Pulse | undefined {
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
