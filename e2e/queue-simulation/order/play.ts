// Plays the lab's profile compute through a queue into ratings' workers, in virtual time: nothing takes time but the workers, so this is the
// best that the order of the requests can do.
import { random } from "../../measure/random.ts";
import { Pool } from "../application.ts";
import type { Queue } from "../queues/queue.ts";
import { levels, meanWork } from "../scenarios.ts";

/** As ratings has in the lab. */
const workers = 4;

/** Of the requests of one level. */
export interface Latencies {
  /** Seconds for which each of them occupies a worker. */
  readonly work: number;
  /** Seconds from the arrival to the answer. */
  readonly seconds: readonly number[];
}

export interface Load {
  /** ρ: the part of the workers' time that the requests need. */
  readonly rho: number;
  /** Seconds in which requests come. All of them are answered. */
  readonly duration: number;
  readonly seed: readonly number[];
}

interface Arrival {
  readonly at: number;
  readonly level: number;
}

/** The time from one request of a level to the next is uniform on [0, 2/λ], as in the lab. */
function arrivalsOf({ rho, duration, seed }: Load): readonly Arrival[] {
  const all: Arrival[] = [];
  for (const [level, { share }] of levels.entries()) {
    const mean = meanWork / (rho * workers * share);
    const next = random(...seed, level);
    for (let at = next() * 2 * mean; at < duration; at += next() * 2 * mean) all.push({ at, level });
  }
  return all.sort((a, b) => a.at - b.at);
}

/** A person's requests, and batch. */
export function play(load: Load, queue: Queue): readonly [Latencies, Latencies] {
  const coming = arrivalsOf(load);
  const pool = new Pool(workers);
  const seconds: readonly [number[], number[]] = [[], []];
  const begin = (ids: readonly number[], now: number): void => {
    for (const id of ids) pool.begin(id, levels[coming[id]!.level]!.work, now);
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
    { work: levels[0].work, seconds: seconds[0] },
    { work: levels[1].work, seconds: seconds[1] },
  ];
}
