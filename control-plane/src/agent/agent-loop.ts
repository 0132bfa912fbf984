// The agent's loop: runs one reconcile of the node at a time, when something changed or is due, until it is stopped.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { NodeInputs } from "../core/node-inputs.ts";
import { type DesiredNode, desiredNode } from "./desired-node.ts";
import { isActive, type LinkState, type NodeReport, type PodState } from "./node-report.ts";
import type { NodeReconciler } from "./reconcile-node.ts";

export type AgentOptions = {
  /** Or why nothing can be decided, so that the node does not change. */
  readonly inputs: () => NodeInputs | { readonly undecided: string };
  readonly reconcile: NodeReconciler;
  readonly observer: AgentObserver;
  readonly times?: Partial<AgentTimes>;
};

/** What one reconcile was decided from, what it found, and how long it took. */
type Reconciled = {
  readonly inputs: NodeInputs;
  readonly report: NodeReport;
  readonly seconds: number;
  /** Links and pods that were in order, and that something else had changed meanwhile. */
  readonly repaired: number;
};

export type AgentObserver = {
  readonly reconciled: (reconciled: Reconciled) => void;
  /** Called the first time that nothing can be decided, and when the reason changes. */
  readonly undecided: (reason: string) => void;
  readonly failed: (error: Error) => void;
};

/** Milliseconds. */
type AgentTimes = {
  /** Between two searches for changes that others made. */
  readonly interval: number;
  /** Changes that follow one another within this time count as one, but none waits longer than `longest`. */
  readonly calm: number;
  readonly longest: number;
  /** Until something that failed, or was not found yet, is retried; doubled each time, up to `interval`. */
  readonly retry: number;
};

export type Agent = {
  /** To be called when something changed: a reconcile is due. */
  readonly enqueue: () => void;
  /** The report of the last reconcile. */
  readonly report: () => NodeReport | undefined;
  /** When the last round ended, by performance.now(), whether or not it could decide. */
  readonly lastRound: () => number | undefined;
  /** Resolves once no command is in progress. Undoes nothing. */
  readonly stop: () => Promise<void>;
};

const defaults: AgentTimes = { interval: 60_000, calm: 50, longest: 500, retry: 1_000 };

export function startAgent({ inputs, reconcile, observer, times: given = {} }: AgentOptions): Agent {
  const times = { ...defaults, ...given };
  const ending = new AbortController();
  let waking = new AbortController();
  let report: NodeReport | undefined;
  let desired: DesiredNode | undefined;
  let undecided: string | undefined;
  let lastRound: number | undefined;
  let retries = 0;

  /** @returns milliseconds until the next round, if nothing happens */
  async function round(): Promise<number> {
    const given = inputs();
    if ("undecided" in given) {
      if (given.undecided !== undecided) observer.undecided(given.undecided);
      undecided = given.undecided;
      return times.interval;
    }
    undecided = undefined;
    const start = performance.now();
    const wanted = desiredNode(given);
    try {
      const found = await reconcile(wanted);
      const repaired = isDeepStrictEqual(wanted, desired) ? repairs(report, found) : 0;
      report = found;
      desired = wanted;
      observer.reconciled({ inputs: given, report, seconds: (performance.now() - start) / 1000, repaired });
      if (!mayHeal(report)) retries = 0;
    } catch (error) {
      observer.failed(error as Error);
      retries++;
      return Math.min(times.interval, times.retry * 2 ** (retries - 1));
    }
    return mayHeal(report) ? Math.min(times.interval, times.retry * 2 ** retries++) : times.interval;
  }

  async function waitUntilCalm(): Promise<void> {
    const end = performance.now() + times.longest;
    while (!ending.signal.aborted && performance.now() < end) {
      waking = new AbortController();
      await wait(times.calm, AbortSignal.any([waking.signal, ending.signal]));
      if (!waking.signal.aborted) return;
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      // Whatever happens during this round is followed by another one.
      waking = new AbortController();
      const due = await round();
      lastRound = performance.now();
      await wait(due, AbortSignal.any([waking.signal, ending.signal]));
      if (waking.signal.aborted) await waitUntilCalm();
    }
  }
  const running = run();
  return {
    enqueue: () => waking.abort(),
    report: () => report,
    lastRound: () => lastRound,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** States that were active, and are active because this reconcile changed something. */
function repairs(before: NodeReport | undefined, now: NodeReport): number {
  const placeOf = (state: LinkState | PodState): string =>
    JSON.stringify(["link" in state ? state.link : "", state.namespace, state.pod]);
  const statesOf = ({ links, pods }: NodeReport) => [...links, ...pods].filter(isActive);
  const active = new Set(before === undefined ? [] : statesOf(before).map(placeOf));
  return statesOf(now).filter((state) => state.changed.length > 0 && active.has(placeOf(state))).length;
}

const healing: ReadonlySet<string> = new Set(["NamespaceNotFound", "NamespaceGone", "Failed"]);

/** Whether the same may soon succeed by itself: the API server may list a pod before its namespace has a name. */
function mayHeal({ links, pods, problems }: NodeReport): boolean {
  return [...links, ...pods, ...problems].some((state) => "reason" in state && healing.has(state.reason));
}

/** Never rejects. */
async function wait(millis: number, signal: AbortSignal): Promise<void> {
  await sleep(millis, undefined, { signal }).catch(() => undefined);
}
