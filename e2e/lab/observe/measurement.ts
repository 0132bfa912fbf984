// Plays one point (a rate, and one or both classes) in a raised world and measures everything about it.
import { setTimeout as sleep } from "node:timers/promises";
import { type CpuShares, cpuBetween, sampleCpu } from "../../measure/cpu.ts";
import { classes, type RequestClass } from "../classes.ts";
import type { LoadResult } from "../load/load-settings.ts";
import { applications } from "../site/topology.ts";
import type { World } from "../site/world.ts";
import { type LinkBytes, linkBytesBetween, readLinkBytes } from "./bytes.ts";

/** What a point plays: both classes at once, or one of them alone. */
export type Played = "mixed" | RequestClass;

export interface Point {
  readonly arm: string;
  readonly rps: number;
  readonly played: Played;
  /** From 1. */
  readonly repeat: number;
}

export interface Measurement extends Point {
  readonly load: LoadResult;
  readonly cpu: CpuShares;
  /** On the bottleneck, from before the warm-up to the last answer. */
  readonly link: LinkBytes;
}

export interface Pace {
  readonly seed: number;
  /** Seconds. */
  readonly duration: number;
  readonly warmUp: number;
}

export const playedClasses = (played: Played): readonly RequestClass[] => (played === "mixed" ? classes : [played]);

/** Reviews is one service: of its replicas a request meets one. */
const hops = new Set(applications.map((pod) => pod.app)).size;

/** Seconds until a request is given up; an answer takes milliseconds unless the link is overloaded. */
const timeout = 10;

/** Milliseconds after which the last acknowledgements are out too: Linux delays them by 40 to 200 (TCP_DELACK_MAX). */
const settle = 250;

/** The arm is not in the seed: all arms of a repeat replay one sequence. @throws when the load generator fails */
export async function measure(world: World, point: Point, pace: Pace, levels: boolean): Promise<Measurement> {
  const before = await readLinkBytes();
  let cpuBefore = sampleCpu(world.pids);
  const settings = {
    target: world.target,
    seed: [pace.seed, point.repeat, point.rps],
    classes: playedClasses(point.played),
    rps: point.rps,
    warmUp: pace.warmUp,
    count: Math.round(point.rps * pace.duration),
    timeout,
    hops: levels ? hops : 0,
  };
  const result = await world.load.play(settings, () => {
    cpuBefore = sampleCpu(world.pids);
  });
  const cpu = cpuBetween(cpuBefore, sampleCpu(world.pids));
  const seconds = (performance.now() - cpuBefore.at) / 1000;
  await sleep(settle);
  const groups = { ...cpu.groups, load: result.cpuSeconds / seconds };
  return {
    ...point,
    load: result,
    cpu: { ...cpu, groups },
    link: linkBytesBetween(before, await readLinkBytes()),
  };
}
