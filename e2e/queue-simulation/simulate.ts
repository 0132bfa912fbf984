// Plays the arrivals of a scenario through a queue with a limit into an application, in virtual time.

import type { Limit } from "./limits/limit.ts";
import { Line } from "./line.ts";
import { type Arrival, duration, type Scenario } from "./scenarios.ts";

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
/** Of a hundred turns while the higher level waits, so many are the lower one's. */
const lowShare = 5;

type Waiting = Arrival & { readonly id: number };
type Running = Waiting & { readonly since: number; readonly inFlight: number };

export function simulate(scenario: Scenario, arrivals: readonly Arrival[], limit: Limit): Outcome {
  const application = scenario.application(scenario.phases[0]!.knee);
  const queues = [new Line<Waiting>(), new Line<Waiting>()];
  const running = new Map<number, Running>();
  const latencies: number[][] = [[], []];
  const points: Point[] = [];
  let [arrival, phase, credit, ticks, done, isBusy, limits] = [0, 0, 0, 0, 0, true, 0];
  const waiting = (): number => queues[0]!.length + queues[1]!.length;
  const next = (): Waiting => {
    const [high, low] = [queues[0]!, queues[1]!];
    if (high.length === 0) return low.take();
    credit = low.length === 0 ? 0 : credit + lowShare;
    if (credit < 100) return high.take();
    credit -= 100;
    return low.take();
  };
  const fill = (now: number): void => {
    while (running.size < limit.limit && waiting() > 0) {
      const request = next();
      running.set(request.id, { ...request, since: now, inFlight: running.size + 1 });
      application.begin(request.id, request.work, now);
    }
  };
  const end = (now: number): void => {
    const id = application.end(now);
    const { level, at, since, work, inFlight } = running.get(id)!;
    running.delete(id);
    latencies[level]!.push(now - at);
    done += work;
    limit.ended({ now, level, took: now - since, inFlight }, { now, inFlight: running.size + 1, waiting: waiting() });
    fill(now);
  };
  const onTick = (now: number): void => {
    const following = scenario.phases[phase];
    if (following !== undefined && now >= following.from) {
      application.knee = following.knee;
      application.slowdown = following.slowdown;
      phase++;
    }
    isBusy &&= waiting() > 0;
    limit.tick({ now, inFlight: running.size, waiting: waiting() });
    fill(now);
    limits += limit.limit;
    if (++ticks % ticksPerPoint > 0) return;
    const { knee, slowdown } = application;
    const seconds = tick * ticksPerPoint;
    points.push({
      at: now,
      limit: limits / ticksPerPoint,
      knee,
      throughput: (done * slowdown) / knee / seconds,
      isBusy,
    });
    [done, isBusy, limits] = [0, true, 0];
  };
  for (;;) {
    const came = arrivals[arrival]?.at ?? Number.POSITIVE_INFINITY;
    const ticked = ticks * tick;
    const ended = application.next();
    const now = Math.min(came, ticked, ended);
    if (now > duration) return { points, latencies };
    if (now === ended) end(now);
    else if (now === ticked) onTick(now);
    else {
      const one = { ...arrivals[arrival]!, id: arrival++ };
      queues[one.level]!.push(one);
      fill(now);
    }
  }
}
