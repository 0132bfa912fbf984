// What the limits are compared in: how many requests come, how long they take, and what becomes of the application.
import { type Application, Pool, SharedProcessors } from "./application.ts";

/** Requests of two levels: a person's, and batch. Work is in seconds. */
export const levels = [
  { share: 60 / 140, work: 0.01 },
  { share: 80 / 140, work: 0.04 },
] as const;
export const meanWork = levels.reduce((sum, { share, work }) => sum + share * work, 0);

interface Phase {
  /** Seconds from the start. */
  readonly from: number;
  /** Of the capacity of the scenario's first phase: how much work comes. */
  readonly load: number;
  readonly knee: number;
  readonly slowdown: number;
  /** The part of the requests that is of the higher level. */
  readonly high: number;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly phases: readonly Phase[];
  /** Half of the requests come in bursts of so many. */
  readonly burst: number;
  /** Whether the half of a request's work that varies is Pareto's instead of exponential. */
  readonly isHeavy: boolean;
  readonly noise: Noise | undefined;
  readonly application: (knee: number) => Application;
  /** Requests per second at load 1. */
  readonly capacity: number;
}

/** Seconds for which each scenario is played. */
export const duration = 90;

/** Times in which other programs have the processors: of 5 to 50 ms each, in which nothing is worked on. */
interface Noise {
  /** Seconds from one to the next, on average. */
  readonly every: number;
  /** Seconds for which they come, and for which they then don't; 0: they always come. */
  readonly spell: number;
}

type Change = Partial<Omit<Phase, "from">>;

function scenario(
  name: string,
  title: string,
  changes: readonly Change[],
  { knee = 4, burst = 1, shared = false, scale = 1, isHeavy = false, noise = undefined as Noise | undefined } = {},
): Scenario {
  const first = { load: 0.95, knee, slowdown: 1, high: levels[0].share };
  const phases = changes.map((change, index) => ({ ...first, ...change, from: (duration / changes.length) * index }));
  const application = shared ? (of: number) => new SharedProcessors(of) : (of: number) => new Pool(of);
  return { name, title, phases, burst, isHeavy, noise, application, capacity: (knee / meanWork) * scale };
}

const always: Noise = { every: 0.25, spell: 0 };
const spells: Noise = { every: 0.055, spell: 3 };
const steps: readonly Change[] = [{ load: 1.3 }, { load: 0.65, knee: 4 }, { load: 2.6, knee: 16 }];

export const scenarios: readonly Scenario[] = [
  scenario("steady 0.5", "load 0.5", [{ load: 0.5 }]),
  scenario("steady 0.8", "load 0.8", [{ load: 0.8 }]),
  scenario("steady 0.95", "load 0.95", [{ load: 0.95 }]),
  scenario("steady 1.3", "load 1.3", [{ load: 1.3 }]),
  scenario("large", "32 workers, load 1.3", [{ load: 1.3 }], { knee: 32 }),
  scenario("processors", "4 shared processors, load 0.95, 1.3", [{ load: 0.95 }, { load: 1.3 }], { shared: true }),
  scenario("load steps", "load 0.5, 1.3, 0.8", [{ load: 0.5 }, { load: 1.3 }, { load: 0.8 }]),
  scenario("capacity", "workers 8, 4, 16 at load 1.3 of each", steps, { knee: 8 }),
  scenario("slow down", "4 workers, twice as slow, again as before; load 1.3", [
    { load: 1.3 },
    { load: 1.3, slowdown: 2 },
    { load: 1.3 },
  ]),
  scenario("mix", "43 %, 90 %, 10 % of the requests are a person's", [{}, { high: 0.9 }, { high: 0.1 }]),
  scenario("bursts", "half of the requests in bursts of 30, load 0.8", [{ load: 0.8 }], { burst: 30 }),
  scenario("noise", "pauses of 5 to 50 ms, load 1.3", [{ load: 1.3 }], { noise: always }),
  scenario("noise and steps", "workers 8, 4, 16 at load 1.3, with pauses", steps, { knee: 8, noise: always }),
  scenario("noise at 0.8", "pauses of 5 to 50 ms, load 0.8", [{ load: 0.8 }], { noise: always }),
  scenario("busy machine", "half of the time gone in 3 s of 6, load 1.3", [{ load: 1.3 }], { noise: spells }),
  scenario("busy shared", "the same, 4 shared processors", [{ load: 1.3 }], { noise: spells, shared: true }),
  scenario("heavy tail", "work with a heavy tail, load 1.3", [{ load: 1.3 }], { isHeavy: true }),
  scenario("all noise", "heavy tail, half of the time gone in 3 s of 6", [{ load: 1.3 }], {
    isHeavy: true,
    noise: spells,
  }),
];

export interface Arrival {
  readonly at: number;
  readonly level: number;
  readonly work: number;
}

/** Of half of the work of some requests: much of the whole is in few of them. */
const pareto = { shape: 1.6, most: 100 } as const;

export interface Pause {
  readonly at: number;
  readonly seconds: number;
}

export function pausesOf({ noise }: Scenario, next: () => number): readonly Pause[] {
  if (noise === undefined) return [];
  const pauses: Pause[] = [];
  for (let at = 0; at < duration; at += -noise.every * Math.log(1 - next())) {
    const isQuiet = noise.spell > 0 && Math.floor(at / noise.spell) % 2 === 0;
    if (!isQuiet) pauses.push({ at, seconds: 0.005 + 0.045 * next() });
  }
  return pauses;
}

/** Exponential inter-arrival times; half of a request's work is fixed and half exponential. */
export function arrivalsOf({ phases, burst, isHeavy, capacity }: Scenario, next: () => number): readonly Arrival[] {
  const exponential = (mean: number): number => -mean * Math.log(1 - next());
  const heavy = (mean: number): number => {
    const { shape, most } = pareto;
    return mean * ((shape - 1) / shape) * Math.min(most, (1 - next()) ** (-1 / shape));
  };
  const arrivals: Arrival[] = [];
  let at = 0;
  let phase = 0;
  const one = (high: number): void => {
    const level = next() < high ? 0 : 1;
    const { work } = levels[level];
    arrivals.push({ at, level, work: work / 2 + (isHeavy ? heavy : exponential)(work / 2) });
  };
  while (at < duration) {
    while (phases[phase + 1] !== undefined && at >= phases[phase + 1]!.from) phase++;
    const { load, high } = phases[phase]!;
    const rate = capacity * load;
    // A burst stands for as many single requests.
    at += exponential(burst === 1 ? 1 / rate : 2 / (rate * (1 + 1 / burst)));
    const size = burst > 1 && next() < 1 / (1 + burst) ? burst : 1;
    for (let i = 0; i < size; i++) one(high);
  }
  return arrivals;
}
