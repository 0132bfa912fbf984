// Makes measurements with known results, for tests.

import { random } from "../../measure/random.ts";
import type { RequestClass } from "../classes.ts";
import { BlockRecorder } from "../load/histogram.ts";
import { type Measurement, type Played, playedClasses } from "../observe/measurement.ts";

const idle = { ls: { bytes: 0, packets: 0 }, batch: { bytes: 0, packets: 0 } };

export interface Made {
  readonly arm: string;
  readonly played?: Played;
  readonly repeat: number;
  /** Every latency is this value times a deviate that all arms of a repeat share. */
  readonly scale: Readonly<Partial<Record<RequestClass, number>>>;
  readonly n?: number;
  readonly busiestCore?: number;
}

export function made({ arm, played = "mixed", repeat, scale, n = 1000, busiestCore = 0.3 }: Made): Measurement {
  const load = (name: RequestClass) => {
    const next = random(repeat, name.length);
    const recorder = new BlockRecorder();
    for (let index = 0; index < n; index++)
      recorder.record(Math.floor((index / n) * 20), (scale[name] ?? 1) * (10 + next() * 90));
    return { n, answered: n, sent: n, errors: 0, timeouts: 0, wrongLevels: 0, blocks: recorder.encode() };
  };
  return {
    arm,
    rps: 50,
    played,
    repeat,
    load: {
      classes: Object.fromEntries(playedClasses(played).map((name) => [name, load(name)])),
      lateness: 0,
      cpuSeconds: 0,
    },
    cpu: { busiestCore, machine: busiestCore, groups: {} },
    link: { sent: idle, received: idle },
  };
}

/** Two repeats of mesh, packets, and packets alone: mesh is 4 times slower than unloaded, packets 1.3 times. */
export const twoArms = (options: Partial<Made> = {}): readonly Measurement[] =>
  [1, 2].flatMap((repeat) => [
    made({ arm: "mesh", repeat, scale: { ls: 4, batch: 10 }, ...options }),
    made({ arm: "packets", repeat, scale: { ls: 1.3, batch: 10.5 }, ...options }),
    made({ arm: "packets", repeat, scale: { ls: 1 }, ...options, played: "ls" }),
  ]);
