// Measures one point on a testbed: a rate, and one or both classes.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type CpuShares, cpuBetween, sampleCpu } from "../../measure/cpu.ts";
import { classes, type RequestClass } from "../classes.ts";
import type { LoadResult } from "../load/load-settings.ts";
import { type Profile, rateOf } from "../profiles.ts";
import type { Testbed } from "../site/testbed.ts";
import { applications } from "../site/topology.ts";
import { type LinkBytes, linkBytesBetween, readLinkBytes } from "./bytes.ts";

/** What is sent at a point: both classes at once, or one of them alone. */
export type Played = "mixed" | RequestClass;

export interface Point {
  readonly arm: string;
  readonly rps: number;
  readonly played: Played;
  /** Counted from 1. */
  readonly repeat: number;
}

export interface Measurement extends Point {
  readonly load: LoadResult;
  readonly cpu: CpuShares;
  /** On the bottleneck, from before the warm-up until the last answer. */
  readonly link: LinkBytes;
  /** Of a backup, from the end of the warm-up until the last answer. */
  readonly copied?: { readonly bytes: number; readonly seconds: number };
}

interface Pace {
  readonly seed: number;
  /** In seconds. */
  readonly duration: number;
  readonly warmUp: number;
}

export const playedClasses = (played: Played): readonly RequestClass[] => (played === "mixed" ? classes : [played]);

/** Reviews is one service: a request meets one of its replicas. */
const hops = new Set(applications.map((pod) => pod.app)).size;

/** Seconds until a request is abandoned; an answer takes milliseconds unless the link is overloaded. */
const timeout = 30;

/** Milliseconds until the last acknowledgements are sent too: Linux delays them by 40 to 200 (TCP_DELACK_MAX). */
const settle = 250;

interface Measured {
  readonly testbed: Testbed;
  readonly profile: Profile;
  readonly point: Point;
  readonly pace: Pace;
  /** Whether its arm has levels. */
  readonly levels: boolean;
}

/** The arm is not part of the seed, so all arms of a repeat replay one sequence. @throws when the load generator fails */
export async function measure({ testbed, profile, point, pace, levels }: Measured): Promise<Measurement> {
  const before = await readLinkBytes();
  let cpuBefore = sampleCpu(testbed.pids);
  const settings = {
    target: testbed.target,
    seed: [pace.seed, point.repeat, Math.round(point.rps)],
    classes: playedClasses(point.played),
    rps: { ls: rateOf(profile, point.rps, "ls"), batch: rateOf(profile, point.rps, "batch") },
    warmUp: pace.warmUp,
    duration: pace.duration,
    timeout,
    hops: levels ? hops : 0,
  };
  let copiedBefore: Promise<number | undefined> = Promise.resolve(undefined);
  const result = await testbed.load.play(settings, () => {
    cpuBefore = sampleCpu(testbed.pids);
    copiedBefore = testbed.copied();
  });
  const [first, last] = await Promise.all([copiedBefore, testbed.copied()]);
  const cpu = cpuBetween(cpuBefore, sampleCpu(testbed.pids));
  const seconds = (performance.now() - cpuBefore.at) / 1000;
  const after = await settledLinkBytes();
  const groups = { ...cpu.groups, load: result.cpuSeconds / seconds };
  return {
    ...point,
    load: result,
    cpu: { ...cpu, groups },
    link: linkBytesBetween(before, after),
    ...(first === undefined || last === undefined ? {} : { copied: { bytes: last - first, seconds } }),
  };
}

/** Reads the counters once no packet is in flight any more. */
async function settledLinkBytes(): Promise<LinkBytes> {
  await sleep(settle);
  let last = await readLinkBytes();
  for (let look = 0; look < 50; look++) {
    await sleep(50);
    const now = await readLinkBytes();
    if (isDeepStrictEqual(now, last)) break;
    last = now;
  }
  return last;
}
