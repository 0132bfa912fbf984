// Plays the lab's profile compute through a queue into ratings' workers, in virtual time: nothing takes time but the workers, so this is the
// best that the order of the requests can do.
import { arrivals } from "../../lab/load/arrivals.ts";
import { profiles, rateOf } from "../../lab/profiles.ts";
import { Pool } from "../application.ts";
import type { Queue } from "../queues/queue.ts";

const profile = profiles.compute;
const { workers, milliseconds } = profile.work!;
const classes = ["ls", "batch"] as const;

/** Of the requests of one class: seconds from the arrival to the answer. */
export interface Latencies {
  /** Seconds for which each of them occupies a worker. */
  readonly work: number;
  readonly seconds: readonly number[];
}

/** ρ, the part of the workers' time that the requests need, as requests of a person's per second. */
export const rpsAt = (rho: number): number =>
  (rho * workers * 1000) / classes.reduce((sum, name) => sum + profile.ratio[name] * milliseconds[name], 0);

export interface Load {
  /** A person's requests per second. */
  readonly rps: number;
  /** Seconds in which requests come. All of them are answered. */
  readonly duration: number;
  readonly seed: readonly number[];
}

interface Arrival {
  readonly at: number;
  readonly level: number;
}

function arrivalsOf({ rps, duration, seed }: Load): readonly Arrival[] {
  const all = classes.flatMap((name, level) => {
    const rate = rateOf(profile, rps, name);
    const { at } = arrivals({ seed: [...seed, level], rps: rate, warmUp: 0, count: Math.round(rate * duration) });
    return at.map((time) => ({ at: time, level }));
  });
  return all.sort((a, b) => a.at - b.at);
}

/** A person's requests, and batch. */
export function play(load: Load, queue: Queue): readonly [Latencies, Latencies] {
  const coming = arrivalsOf(load);
  const pool = new Pool(workers);
  const seconds: readonly [number[], number[]] = [[], []];
  const workOf = (level: number): number => milliseconds[classes[level]!] / 1000;
  const begin = (ids: readonly number[], now: number): void => {
    for (const id of ids) pool.begin(id, workOf(coming[id]!.level), now);
  };
  for (let next = 0; next < coming.length || Number.isFinite(pool.next()); ) {
    const now = Math.min(coming[next]?.at ?? Number.POSITIVE_INFINITY, pool.next());
    if (now === pool.next()) {
      const id = pool.end(now);
      const { level, at } = coming[id]!;
      seconds[level]!.push(now - at);
      begin(queue.ended(id, now), now);
    } else {
      begin(queue.come({ id: next, level: coming[next]!.level }, now), now);
      next++;
    }
  }
  return [
    { work: workOf(0), seconds: seconds[0] },
    { work: workOf(1), seconds: seconds[1] },
  ];
}
