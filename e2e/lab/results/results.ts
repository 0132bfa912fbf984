// Makes results.json: one plain object from which everything else can be drawn again.

import type { CpuShares } from "../../measure/cpu.ts";
import type { Machine } from "../../measure/machine.ts";
import type { Arm } from "../arms.ts";
import type { RequestClass } from "../classes.ts";
import type { Played } from "../experiment.ts";
import { recordedValues } from "../load/histogram.ts";
import type { LinkBytes } from "../observe/bytes.ts";
import { type Measurement, playedClasses } from "../observe/measurement.ts";
import type { VisitCounts } from "../observe/visit-counts.ts";
import type { Options } from "../options.ts";
import { linkRate, offeredLoad, type Profile, profiles } from "../profiles.ts";
import { burst, queueLimit } from "../site/link.ts";
import { enough, pool, quantile, type Sample } from "./statistics.ts";
import { type QuantileName, quantileNames, quantiles, type Summary, summarize } from "./summary.ts";

/** One class at one point in one repeat. Latencies in milliseconds, null where n(1 − q) < 10. */
interface PointResult extends Readonly<Record<QuantileName, number | null>> {
  readonly profile: string;
  readonly arm: string;
  readonly rps: number;
  readonly class: RequestClass;
  readonly alone: boolean;
  readonly repeat: number;
  readonly n: number;
  /** Answers that came within the measured seconds, whenever their requests were sent. */
  readonly answered: number;
  readonly errors: number;
}

interface Cdf {
  readonly arm: string;
  readonly rps: number;
  readonly class: RequestClass;
  readonly alone: boolean;
  /** Milliseconds, and the share of requests that took at most that long. */
  readonly points: readonly (readonly [number, number])[];
}

/** One point in one repeat: how busy the machine and the bottleneck were. */
export interface Conditions {
  readonly arm: string;
  readonly rps: number;
  readonly played: string;
  readonly repeat: number;
  readonly cpu: CpuShares;
  readonly link: LinkBytes;
  /** What a backup received after the warm-up, in bit/s. */
  readonly copied?: number;
  /** Offered load ρ: response bytes requested from the bottleneck over its rate. */
  readonly rho: number;
  /** 99th percentile of the milliseconds by which requests were sent late. */
  readonly lateness: number;
  readonly firstError?: string;
}

interface ArmResult extends Arm {
  /** Why the arm did not run; absent if it did. */
  readonly skipped?: string;
  /** The queue at the bottleneck. */
  readonly qdisc: string;
}

export interface Results extends Machine, Summary {
  readonly startedAt: string;
  readonly options: Options;
  readonly profile: Profile;
  readonly congestionControl: string;
  readonly limits: {
    readonly linkRate: number;
    readonly bottleneckRate: number;
    readonly queuePackets: number;
    readonly burstBytes: number;
  };
  readonly arms: readonly ArmResult[];
  readonly points: readonly PointResult[];
  readonly cdf: readonly Cdf[];
  readonly conditions: readonly Conditions[];
  readonly visits: readonly VisitCounts[];
}

export interface Ran {
  readonly startedAt: Date;
  readonly options: Options;
  readonly machine: Machine;
  readonly arms: readonly Arm[];
  /** The reasons why arms can't run here, by arm. */
  readonly skipped: ReadonlyMap<string, string>;
  readonly played: Played;
}

function sampleOf(measurements: readonly Measurement[], name: RequestClass): Sample {
  return pool(
    measurements.map(({ load }) =>
      (load.classes[name]?.blocks ?? []).map((block) => ({ values: recordedValues(block) })),
    ),
  );
}

function pointsOf(measurement: Measurement, profile: string): readonly PointResult[] {
  const { arm, rps, repeat, played, load } = measurement;
  return playedClasses(played).map((name) => {
    const sample = sampleOf([measurement], name);
    const at = (q: QuantileName): number | null =>
      enough(sample.n, quantiles[q]) ? quantile(sample, quantiles[q]) : null;
    const [p50, p90, p99, p999] = quantileNames.map(at);
    const { answered = 0, errors = 0 } = load.classes[name] ?? {};
    const head = { profile, arm, rps, class: name, alone: played !== "mixed", repeat, n: sample.n, answered, errors };
    return { ...head, p50: p50 ?? null, p90: p90 ?? null, p99: p99 ?? null, p999: p999 ?? null };
  });
}

/** The shares at which a distribution is kept: finer in the tail. */
const shares = [
  ...Array.from({ length: 99 }, (_, index) => (index + 1) / 100),
  ...[0.9925, 0.995, 0.9975, 0.999, 0.9995],
];

function cdfsOf(measurements: readonly Measurement[]): readonly Cdf[] {
  const groups = Map.groupBy(measurements, ({ arm, rps, played }) => `${arm} ${rps} ${played}`);
  return [...groups.values()].flatMap((group) =>
    playedClasses(group[0]?.played ?? "mixed").map((name) => {
      const sample = sampleOf(group, name);
      const kept = shares.filter((share) => sample.n * (1 - share) >= 1);
      const points = kept.map((share) => [quantile(sample, share), share] as const);
      return {
        arm: group[0]?.arm ?? "",
        rps: group[0]?.rps ?? 0,
        class: name,
        alone: group[0]?.played !== "mixed",
        points,
      };
    }),
  );
}

function conditionsOf(measurement: Measurement, profile: Profile): Conditions {
  const { arm, rps, played, repeat, cpu, link, load, copied } = measurement;
  const firstError = Object.values(load.classes).find((one) => one.firstError !== undefined)?.firstError;
  const rho = offeredLoad(profile, rps, playedClasses(played));
  const errors = firstError === undefined ? {} : { firstError };
  const copy = copied === undefined ? {} : { copied: (copied.bytes * 8) / copied.seconds };
  return { arm, rps, played, repeat, cpu, link, ...copy, rho, lateness: load.lateness, ...errors };
}

/** The leaf qdisc of the node program's classes, as the program reported it; otherwise what link.ts created. */
function qdiscOf(arm: Arm, visits: readonly VisitCounts[]): string {
  if (arm.queue === "fq_codel") return "htb, fq_codel";
  if (arm.bottleneck === "switch" && arm.queue === "levels") return `htb, pfifo limit ${queueLimit} in the switch`;
  if (arm.queue === "pfifo") return `htb, pfifo limit ${queueLimit}`;
  const observed = visits.flatMap((visit) => (visit.arm === arm.name ? Object.values(visit.classes) : []))[0];
  return `htb, a class for each level, ${observed?.leaf ?? "unknown leaf"}`;
}

export function resultsOf({ startedAt, options, machine, arms, skipped, played }: Ran): Results {
  const profile = profiles[options.profile];
  const { measurements, visits } = played;
  return {
    startedAt: startedAt.toISOString(),
    ...machine,
    options,
    profile,
    congestionControl: played.congestionControl,
    limits: {
      linkRate,
      bottleneckRate: profile.bottleneck,
      queuePackets: queueLimit,
      burstBytes: burst(profile.bottleneck),
    },
    arms: arms.map((arm) => {
      const reason = skipped.get(arm.name);
      return { ...arm, qdisc: qdiscOf(arm, visits), ...(reason === undefined ? {} : { skipped: reason }) };
    }),
    points: measurements.flatMap((measurement) => pointsOf(measurement, profile.name)),
    ...summarize(measurements, profile.fullArm),
    cdf: cdfsOf(measurements),
    conditions: measurements.map((measurement) => conditionsOf(measurement, profile)),
    visits,
  };
}
