// Runs the schedule: it brings up one arm's testbed at a time and makes all of its measurements.
import { setTimeout as sleep } from "node:timers/promises";
import type { Arm } from "./arms.ts";
import { callsPerRequest, counted } from "./observe/joins.ts";
import { type Measurement, measure, type Point } from "./observe/measurement.ts";
import type { VisitCounts } from "./observe/visit-counts.ts";
import type { Options } from "./options.ts";
import { profiles } from "./profiles.ts";
import type { Visit } from "./schedule.ts";
import type { Site } from "./site/site.ts";
import { raiseTestbed, type Testbed, type TestbedPlan } from "./site/testbed.ts";

export interface Played {
  readonly measurements: readonly Measurement[];
  readonly visits: readonly VisitCounts[];
  readonly congestionControl: string;
}

/** Notified before each step, to show progress. */
export interface Watcher {
  raising(arm: string, repeat: number): void;
  playing(point: Point): void;
}

export type PlanOf = (arm: Arm) => TestbedPlan;

/** Milliseconds: filters report their counts to Envoy once a second, and later on a busy machine. */
const flush = { every: 100, atMost: 15_000 };

/** The filters' counters, once they include every call that the requests caused. */
async function settledCounters(testbed: Testbed, requests: number): Promise<ReadonlyMap<string, number>> {
  const calls = requests * callsPerRequest;
  for (let waited = 0; ; waited += flush.every) {
    const counters = await testbed.counters();
    if (counted(counters) >= calls || waited >= flush.atMost) return counters;
    await sleep(flush.every);
  }
}

async function count(testbed: Testbed, { arm, repeat }: Visit, requests: number): Promise<VisitCounts> {
  return {
    arm: arm.name,
    repeat,
    requests,
    counters: arm.levels ? Object.fromEntries(await settledCounters(testbed, requests)) : {},
    classes: await testbed.classes(),
    congestion: await testbed.congestion(),
    atOnce: await testbed.takeMost(),
  };
}

const sentIn = ({ load }: Measurement): number => Object.values(load.classes).reduce((sum, { sent }) => sum + sent, 0);

export interface Production {
  readonly visits: readonly Visit[];
  readonly options: Options;
  readonly planOf: PlanOf;
  readonly site: Site;
  readonly watcher: Watcher;
}

/** @throws when a testbed does not come up or a load does not end */
export async function play({ visits, options, planOf, site, watcher }: Production): Promise<Played> {
  const measurements: Measurement[] = [];
  const counts: VisitCounts[] = [];
  for (const visit of visits) {
    watcher.raising(visit.arm.name, visit.repeat);
    const testbed = await raiseTestbed(planOf(visit.arm), site);
    try {
      let requests = 0;
      for (const point of visit.points) {
        watcher.playing(point);
        const measured = await measure({
          testbed,
          profile: profiles[options.profile],
          point,
          pace: options,
          levels: visit.arm.levels,
        });
        requests += sentIn(measured);
        measurements.push(measured);
      }
      counts.push(await count(testbed, visit, requests));
    } finally {
      await testbed.stop();
    }
  }
  return { measurements, visits: counts, congestionControl: site.congestionControl };
}

/** What an arm with a mesh needs, rendered once, before anything starts. */
export type Rendered = Pick<TestbedPlan, "manifests" | "programs" | "proxies">;
const nothing: Rendered = { manifests: "", programs: "", proxies: new Map() };

/** How to make each arm's testbed. */
export const testbedPlans =
  (options: Options, rendered: ReadonlyMap<string, Rendered>): PlanOf =>
  (arm) => ({ arm, profile: profiles[options.profile], ...(rendered.get(arm.name) ?? nothing) });
