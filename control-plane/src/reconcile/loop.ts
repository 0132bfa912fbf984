// In: the ports. Out: a loop that makes the mesh what the policies say, one turn at a time, until it is stopped.
import { setTimeout as sleep } from "node:timers/promises";
import type { Plan } from "../core/plan.ts";
import { conditionsOf, isSame } from "./conditions.ts";
import type { Observer } from "./observer.ts";
import type { Kubernetes, Mesh, World } from "./ports.ts";
import { Programmer } from "./programmer.ts";
import { type ProxyState, proxyStates } from "./proxy-states.ts";
import { Sampler } from "./sampler.ts";
import { type Intent, intentOf, type Means } from "./turn.ts";

export type LoopOptions = Means & {
  readonly kubernetes: Kubernetes;
  readonly mesh: Mesh;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
};

export type Loop = {
  /** Something changed. */
  readonly mark: () => void;
  readonly plan: () => Plan | undefined;
  readonly proxies: () => readonly ProxyState[];
  /** performance.now() of the end of the last turn; undefined before the first. */
  readonly lastTurn: () => number | undefined;
  readonly stop: () => Promise<void>;
};

/** Milliseconds. */
const holdoff = 100;
const longestHoldoff = 500;
/** Between looks at proxies while something is not programmed, and otherwise. */
const unsettled = 1_000;
const settledPause = 30_000;
const afterFailure = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;

export function startLoop(options: LoopOptions): Loop {
  const { kubernetes, mesh, isLeader, observer } = options;
  const ending = new AbortController();
  const programmer = new Programmer(options, ending.signal);
  const sampler = new Sampler(mesh);
  let isDirty = true;
  let wake = (): void => {};
  let intent: Intent | undefined;
  let proxies: readonly ProxyState[] = [];
  let lastTurn: number | undefined;
  let failures = 0;

  /** Ends early when something changes. */
  async function pause(millis: number): Promise<void> {
    if (isDirty || ending.signal.aborted) return;
    const waking = new AbortController();
    wake = () => waking.abort();
    await sleep(millis, undefined, { signal: AbortSignal.any([waking.signal, ending.signal]) }).catch(() => {});
    wake = () => {};
  }

  /** A change seldom comes alone; a storm of them must not hold the loop up for ever. */
  async function collect(): Promise<void> {
    const start = performance.now();
    while (isDirty && performance.now() - start < longestHoldoff) {
      isDirty = false;
      await sleep(holdoff, undefined, { signal: ending.signal }).catch(() => {});
      if (ending.signal.aborted) return;
    }
    isDirty = false;
  }

  async function turn(): Promise<void> {
    const world = kubernetes.world();
    if (world === undefined || !isLeader()) return;
    intent = intentOf(world, options);
    const changed = await programmer.program(world, intent);
    if (changed) sampler.forget();
    await report(kubernetes.world() ?? world, intent);
  }

  async function report(world: World, { plan, verdicts, withheld }: Intent): Promise<void> {
    let proxiesUnknown: string | undefined;
    if (plan !== undefined)
      try {
        const reports = await mesh.proxies();
        const enrolled = new Set([...plan.enrolments, ...plan.gateways].map(({ namespace }) => namespace));
        const mine = reports.filter(({ namespace }) => enrolled.has(namespace));
        proxies = proxyStates(plan, reports, await sampler.lacking(plan, mine));
      } catch (error) {
        proxiesUnknown = (error as Error).message;
      }
    else proxies = [];
    const facts = {
      ...{ verdicts, proxies, mode: plan?.mode },
      ...(proxiesUnknown === undefined ? {} : { proxiesUnknown }),
      withheld: new Map([...withheld, ...programmer.withheld()]),
    };
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    for (const object of world.policies) {
      const conditions = conditionsOf(object, facts, now);
      if (!isLeader() || isSame(object.conditions, conditions)) continue;
      try {
        await kubernetes.writeConditions(object, conditions);
        observer.wrote("status", object.ref.kind, object.ref.name);
      } catch (error) {
        observer.wrote("status", object.ref.kind, object.ref.name, error as Error);
      }
      for (const { type, status, reason, message } of conditions) {
        const before = object.conditions.find((entry) => entry.type === type)?.status;
        if (before !== status)
          kubernetes.record(
            object,
            status === "False" ? "Warning" : "Normal",
            `${type}${status}`,
            `${reason}: ${message}`,
          );
      }
    }
  }

  const isSettled = (): boolean => proxies.every(({ state }) => state === "programmed" || state === "unsupported");

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await collect();
      const start = performance.now();
      try {
        await turn();
        failures = programmer.hasFailed() ? failures + 1 : 0;
        observer.turned((performance.now() - start) / 1000);
      } catch (error) {
        failures++;
        if (!ending.signal.aborted) observer.turned((performance.now() - start) / 1000, error as Error);
      }
      lastTurn = performance.now();
      const back = afterFailure[Math.min(failures, afterFailure.length) - 1];
      if (back !== undefined) await sleep(back, undefined, { signal: ending.signal }).catch(() => {});
      await pause(back !== undefined ? 0 : isSettled() ? settledPause : unsettled);
      isDirty ||= true;
    }
  }
  const running = run();
  return {
    mark: () => {
      isDirty = true;
      wake();
    },
    plan: () => intent?.plan,
    proxies: () => proxies,
    lastTurn: () => lastTurn,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
