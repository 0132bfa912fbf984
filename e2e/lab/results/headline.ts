// Writes the sentences around the tables.

import { cpuBoundShare } from "../../measure/cpu.ts";
import { bytes, percent, rate, share, short } from "../../measure/format.ts";
import { classes, names } from "../classes.ts";
import { offeredLoad, rateOf } from "../profiles.ts";
import type { Results } from "./results.ts";
import type { Estimate } from "./statistics.ts";
import { boundOf } from "./tables.ts";

/** What the classes share. */
export function scarce({ profile }: Results): string {
  const { bytes: size, bottleneck, work } = profile;
  if (work === undefined) return `${bytes(size.ls)} and ${bytes(size.batch)} responses over ${rate(bottleneck)}`;
  const { workers, milliseconds } = work;
  return `requests of ${milliseconds.ls} ms and ${milliseconds.batch} ms at an application with ${workers} workers`;
}

export function setting(results: Results): readonly string[] {
  const { profile, options, hardware, versions } = results;
  const time = `${options.repeats} ${options.repeats === 1 ? "repeat" : "repeats"} of ${options.duration} s per point`;
  return [
    `profile ${profile.name}: ${scarce(results)}; ${time}`,
    `${hardware.cores} × ${hardware.cpu}, Linux ${versions.kernel}, Envoy ${versions.envoy}, Node ${versions.node}, ${results.congestionControl}`,
  ];
}

const rhoOf = ({ profile }: Results, rps: number): string => `ρ = ${short(offeredLoad(profile, rps, classes))}`;

export function rateHeading(results: Results, rps: number): string {
  const { profile } = results;
  const each = classes.map((name) => `${Number(rateOf(profile, rps, name).toFixed(1))} ${names[name]}`).join(" and ");
  const rates = profile.work === undefined ? `${rps} requests per second of each class` : `${each} requests per second`;
  return `${rates}, ${rhoOf(results, rps)}`;
}

/** A gain in words; only an interval that lies above 1 supports a claim. */
const faster = (gain: Estimate, at: string): string =>
  gain.low > 1 ? `${short(gain.value)} × faster at ${at}` : `not clearly faster at ${at}`;

/** The main result in one sentence per rate. */
export function verdict(results: Results, rps: number): string | undefined {
  const found = results.comparisons.find((one) => one.rps === rps && one.arm === results.profile.fullArm);
  if (found === undefined || found.gain.p50 === null) return undefined;
  const { gain, eta, batchChange } = found;
  const bound = boundOf(results, rps);
  const parts = [
    `${faster(found.gain.p50, "p50")}${bound === null ? "" : ` (at most ${short(bound.value)} × is possible)`}`,
    ...(gain.p99 === null ? [] : [`${faster(gain.p99, "p99")}`]),
    ...(eta.p99 === null || eta.p99.low <= 0
      ? []
      : [`${share(eta.p99.value)} of what the exports cost at p99 is gone`]),
    ...(batchChange.p99 === null ? [] : [`batch p99 ${percent(batchChange.p99.value)}`]),
  ];
  const at = results.profile.work === undefined ? `${rps} rps` : rhoOf(results, rps);
  return `At ${at} a waiting person's request is ${parts.join("; ")}.`;
}

/** How to read the numbers, and what is missing. */
export function notes(results: Results): readonly string[] {
  const skipped = results.arms.flatMap((arm) =>
    arm.skipped === undefined ? [] : [`${arm.name} skipped: ${arm.skipped}.`],
  );
  const bound = results.rows.some((row) => row.cpuBound)
    ? [
        `cpu-bound: a core was over ${share(cpuBoundShare)} busy, so no claim is made for the point. "All else" is the kernel and other programs.`,
      ]
    : [];
  const failed = results.conditions.flatMap(({ arm, firstError }) =>
    firstError === undefined ? [] : [`First error in ${arm}: ${firstError}`],
  );
  return [
    ...skipped,
    ...failed,
    ...bound,
    "gain: latency in mesh over latency in the arm. η: share of what the exports cost in mesh that the arm takes away.",
    "— : fewer than ten values lie beyond the quantile, or there is nothing to compare with.",
    "Small print under a value is its 95 % interval: bootstrap over repeats and the one-second blocks in them, all arms drawn together.",
  ];
}
