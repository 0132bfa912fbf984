// The orders that are compared, and what each of them does to the requests of both classes.
import { quantile } from "../../measure/statistics.ts";
import { Fixed } from "../limits/fixed.ts";
import { ModelQueue } from "../queues/model-queue.ts";
import { type Latencies, play } from "./play.ts";

/** Without a limit, nothing waits in the queue, and the application takes all requests in the order in which they come. */
export const orders = [
  { name: "as they come", limit: Number.POSITIVE_INFINITY },
  { name: "levels, limit 6", limit: 6 },
  { name: "levels, limit 4", limit: 4 },
] as const;

/** Milliseconds. */
interface Summary {
  readonly person: { readonly p50: number; readonly p99: number };
  readonly batch: { readonly p50: number; readonly p99: number };
  /** For how long a second's work waits on average: the mean of all waits, each weighed by the work that its request needs. */
  readonly wait: number;
}

export interface Comparison {
  readonly rho: number;
  /** In the order of `orders`. */
  readonly summaries: readonly Summary[];
}

const quantiles = ({ seconds }: Latencies): Summary["person"] => {
  const sorted = seconds.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5) * 1000, p99: quantile(sorted, 0.99) * 1000 };
};

function meanWait(classes: readonly Latencies[]): number {
  let [waited, worked] = [0, 0];
  for (const { work, seconds } of classes) {
    for (const latency of seconds) waited += (latency - work) * work;
    worked += seconds.length * work;
  }
  return (waited / worked) * 1000;
}

/** Every order has the same arrivals. */
export function compareOrders(rho: number, duration: number, seeds: readonly (readonly number[])[]): Comparison {
  const summaries = orders.map(({ limit }) => {
    const plays = seeds.map((seed) => play({ rho, duration, seed }, new ModelQueue(new Fixed(limit))));
    const all = ([0, 1] as const).map((level) => ({
      work: plays[0]![level].work,
      seconds: plays.flatMap((one) => one[level].seconds),
    }));
    return { person: quantiles(all[0]!), batch: quantiles(all[1]!), wait: meanWait(all) };
  });
  return { rho, summaries };
}
