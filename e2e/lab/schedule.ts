// Decides what runs in which order: the testbeds, and the points on each.
import { rotated } from "../measure/rotated.ts";
import type { Arm } from "./arms.ts";
import type { Played, Point } from "./observe/measurement.ts";
import type { Options } from "./options.ts";
import { profiles } from "./profiles.ts";

/** One testbed to bring up, and the points to measure on it. */
export interface Visit {
  readonly arm: Arm;
  readonly repeat: number;
  readonly points: readonly Point[];
}

function loads(arm: Arm, { alone, profile }: Options): readonly Played[] {
  if (alone === "all") return ["mixed", "ls", "batch"];
  return alone === "unloaded" && arm.name === profiles[profile].fullArm ? ["mixed", "ls"] : ["mixed"];
}

export function schedule(arms: readonly Arm[], options: Options): readonly Visit[] {
  const repeats = Array.from({ length: options.repeats }, (_, index) => index + 1);
  return repeats.flatMap((repeat) =>
    rotated(arms, repeat - 1).map((arm) => ({
      arm,
      repeat,
      points: options.rps.flatMap((rps) =>
        loads(arm, options).map((played) => ({ arm: arm.name, rps, played, repeat })),
      ),
    })),
  );
}

/** Seconds to bring a testbed up and down, and for a point beyond its duration; measured on two cores. */
const perVisit = 1.8;
const perPoint = 0.8;

/** Approximate duration of the visits in seconds. */
export function estimate(visits: readonly Visit[], options: Options): number {
  const points = visits.reduce((sum, visit) => sum + visit.points.length, 0);
  return visits.length * perVisit + points * (options.warmUp + options.duration + perPoint);
}
