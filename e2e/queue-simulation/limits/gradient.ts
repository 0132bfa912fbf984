// The gradient controller of Envoy's filter adaptive_concurrency, with the defaults of its API and the intervals of its documentation's
// example: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/adaptive_concurrency_filter
import { bounds, type Limit, type Occupancy, type Sample } from "./limit.ts";

const updateInterval = 0.1;
const minRttInterval = 60;
const minRttRequests = 50;
/** The limit while the shortest response time is measured. */
const minRttLimit = 3;
const buffer = 0.25;

export class Gradient implements Limit {
  limit = minRttLimit;
  #samples: number[] = [];
  #minRtt = 0;
  /** The limit to go back to, while minRTT is measured. */
  #deferred: number | undefined = minRttLimit;
  #measuringSince = 0;
  #nextUpdate = updateInterval;
  #nextMinRtt = Number.POSITIVE_INFINITY;
  #atLeast = 0;

  ended({ now, took }: Sample): void {
    if (now - took < this.#measuringSince) return;
    this.#samples.push(took);
    if (this.#deferred === undefined || this.#samples.length < minRttRequests) return;
    this.#minRtt = this.#summary();
    this.limit = this.#deferred;
    this.#deferred = undefined;
    this.#nextMinRtt = now + minRttInterval;
    this.#nextUpdate = now + updateInterval;
  }
  tick({ now }: Occupancy): void {
    if (this.#deferred !== undefined) return;
    if (now >= this.#nextMinRtt || this.#atLeast >= 5) this.#measure(now);
    else if (now >= this.#nextUpdate) {
      this.#nextUpdate = now + updateInterval;
      if (this.#samples.length > 0) this.#update();
    }
  }
  #measure(now: number): void {
    this.#deferred = this.limit;
    this.limit = minRttLimit;
    this.#samples = [];
    this.#measuringSince = now;
    this.#atLeast = 0;
  }
  #update(): void {
    const gradient = Math.max(0.5, Math.min(2, (this.#minRtt * (1 + buffer)) / this.#summary()));
    const scaled = this.limit * gradient;
    const next = Math.max(minRttLimit, Math.min(bounds.max, Math.floor(scaled + Math.sqrt(scaled))));
    this.#atLeast = this.limit === minRttLimit && next === minRttLimit ? this.#atLeast + 1 : 0;
    this.limit = next;
  }
  /** The median, which is the default of sample_aggregate_percentile. */
  #summary(): number {
    const sorted = this.#samples.sort((a, b) => a - b);
    this.#samples = [];
    return sorted[Math.floor(sorted.length / 2)]!;
  }
}
