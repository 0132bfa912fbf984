// Measures one kind of ladder on a node with many pods: programming, a changed ladder, removal, a restart of the agent, and idling.
import { setTimeout as sleep } from "node:timers/promises";
import { rssMegabytes } from "../../../e2e/control-plane-bench/measure/process.ts";
import { putLadder, reported } from "../agent-cluster.ts";
import type { AgentPod } from "../agent-pods.ts";
import type { ProgramNode, RunningAgent } from "../agent-program.ts";
import { type Arm, check, firstLadder, observedLadder, otherLadder } from "./ladders.ts";
import type { Options } from "./options.ts";
import { measurePrices, type Price } from "./prices.ts";
import { readUsage, type Usage, usageBetween } from "./usage.ts";

export type Point = {
  readonly arm: Arm;
  readonly pods: number;
  readonly applied: readonly Usage[];
  readonly changed: readonly Usage[];
  readonly removed: readonly Usage[];
  /** From the start of the program to its readiness, with everything in order. */
  readonly restarted: Usage;
  readonly prices: readonly Price[];
  readonly idle: Usage & {
    readonly reconciles: number;
    /** Resident memory of the program, without its children. */
    readonly megabytes: number;
  };
};

export type Bench = {
  readonly node: ProgramNode;
  readonly pods: readonly AgentPod[];
  readonly options: Options;
  /** The file of the scavenger's object. */
  readonly scavenger: string;
};
export type Watcher = (step: string) => void;

/** The agent's default between two searches for changes, seconds. */
const interval = 60;
/** Seconds until a step has failed, on a busy machine. */
const patience = 120;

export async function measureArm(arm: Arm, bench: Bench, watcher: Watcher): Promise<Point> {
  const { node, pods, options } = bench;
  const steps = { applied: [] as Usage[], changed: [] as Usage[], removed: [] as Usage[] };
  let agent = await ready(bench);
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    watcher(`${arm}: repeat ${repeat} of ${options.repeats}`);
    for (const [step, ladder] of [
      ["applied", firstLadder(arm)],
      ["changed", otherLadder(arm)],
      ["removed", observedLadder(arm)],
    ] as const) {
      steps[step].push(await follow(node, agent, ladder));
      await check(ladder, pods);
    }
  }
  await follow(node, agent, firstLadder(arm));
  await agent.end();
  watcher(`${arm}: restarting the agent`);
  const restart = await restarted(bench);
  agent = restart.agent;
  await sleep(interval * 1000);
  watcher(`${arm}: watching the idle agent for ${options.seconds} s`);
  const idle = await idleUsage(agent, options.seconds);
  await check(firstLadder(arm), pods);
  const prices = arm === "links" ? await measurePrices(pods) : [];
  await follow(node, agent, observedLadder(arm));
  await agent.end();
  return { arm, pods: pods.length, ...steps, restarted: restart.usage, prices, idle };
}

let generation = 0;

/** Writes the ladder, and waits until the agent reports that the node follows it. */
async function follow(node: ProgramNode, agent: RunningAgent, spec: object): Promise<Usage> {
  const before = readUsage(agent.process.pid!);
  putLadder(node, spec, ++generation);
  await waitUntil(agent, () => reported(node)?.observedGeneration === generation);
  return usageBetween(before, readUsage(agent.process.pid!));
}

async function ready({ node, scavenger }: Bench): Promise<RunningAgent> {
  const agent = node.start(["--scavenger", scavenger]);
  await waitUntil(agent, async () => (await agent.get("/readyz")).status === 200);
  return agent;
}

async function restarted(bench: Bench): Promise<{ readonly agent: RunningAgent; readonly usage: Usage }> {
  const before = { ...readUsage(process.pid), own: 0, children: 0 };
  const agent = await ready(bench);
  return { agent, usage: usageBetween(before, readUsage(agent.process.pid!)) };
}

async function idleUsage(agent: RunningAgent, seconds: number): Promise<Point["idle"]> {
  const pid = agent.process.pid!;
  const reconciles = await reconcilesOf(agent);
  const before = readUsage(pid);
  await sleep(seconds * 1000);
  const usage = usageBetween(before, readUsage(pid));
  return { ...usage, reconciles: (await reconcilesOf(agent)) - reconciles, megabytes: rssMegabytes(pid) };
}

async function reconcilesOf(agent: RunningAgent): Promise<number> {
  const { text } = await agent.get("/metrics");
  return Number(/^expedite_agent_reconcile_duration_seconds_count (\d+)/m.exec(text)?.[1]);
}

/** @throws with the agent's log if it takes too long */
async function waitUntil(agent: RunningAgent, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patience * 1000; !(await condition()); await sleep(5))
    if (performance.now() > end) throw new Error(`the agent does not follow: ${JSON.stringify(agent.log().slice(-5))}`);
}
