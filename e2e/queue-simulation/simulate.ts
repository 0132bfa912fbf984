// Plays the arrivals of a scenario through a queue with a limit into an application, in virtual time.

import type { Queue } from "./queues/queue.ts";
import { type Arrival, duration, type Pause, type Scenario } from "./scenarios.ts";

export interface Point {
  /** The end of the interval, in seconds. */
  readonly at: number;
  readonly limit: number;
  readonly knee: number;
  /** Seconds of nominal work that ended in the interval, per second and worker; 1 is all that the application can do. */
  readonly throughput: number;
  /** Whether requests waited during the whole interval. */
  readonly isBusy: boolean;
}

export interface Outcome {
  /** One for each tenth of a second. */
  readonly points: readonly Point[];
  /** Seconds from arrival to answer, by level. */
  readonly latencies: readonly (readonly number[])[];
}

const tick = 0.01;
const ticksPerPoint = 10;

export interface Play {
  readonly scenario: Scenario;
  readonly arrivals: readonly Arrival[];
  readonly pauses: readonly Pause[];
}

export function simulate({ scenario, arrivals, pauses }: Play, queue: Queue): Outcome {
  const application = scenario.application(scenario.phases[0]!.knee);
  const latencies: number[][] = [[], []];
  const points: Point[] = [];
  let [arrival, pause, phase, ticks, done, isBusy, limits] = [0, 0, 0, 0, 0, true, 0];
  const begin = (ids: readonly number[], now: number): void => {
    for (const id of ids) application.begin(id, arrivals[id]!.work, now);
  };
  const end = (now: number): void => {
    const id = application.end(now);
    const { level, at, work } = arrivals[id]!;
    latencies[level]!.push(now - at);
    done += work;
    begin(queue.ended(id, now), now);
  };
  const onTick = (now: number): void => {
    const following = scenario.phases[phase];
    if (following !== undefined && now >= following.from) {
      application.knee = following.knee;
      application.slowdown = following.slowdown;
      phase++;
    }
    isBusy &&= queue.waiting > 0;
    begin(queue.tick(now), now);
    limits += queue.limit;
    if (++ticks % ticksPerPoint > 0) return;
    const { knee, slowdown } = application;
    const seconds = tick * ticksPerPoint;
    const limit = limits / ticksPerPoint;
    points.push({ at: now, limit, knee, throughput: (done * slowdown) / knee / seconds, isBusy });
    [done, isBusy, limits] = [0, true, 0];
  };
  for (;;) {
    const came = arrivals[arrival]?.at ?? Number.POSITIVE_INFINITY;
    const ticked = ticks * tick;
    const ended = application.next();
    const paused = pauses[pause]?.at ?? Number.POSITIVE_INFINITY;
    const now = Math.min(came, ticked, ended, paused);
    if (now > duration) return { points, latencies };
    if (now === paused) application.stall(now, pauses[pause++]!.seconds);
    else if (now === ended) end(now);
    else if (now === ticked) onTick(now);
    else {
      const id = arrival++;
      begin(queue.come({ id, level: arrivals[id]!.level }, now), now);
    }
  }
}
