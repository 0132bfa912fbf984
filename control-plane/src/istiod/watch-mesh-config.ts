// Polls istiod for the mesh config. The last answer stays in use while no istiod answers; before the first answer nothing is guessed.
import { setTimeout as sleep } from "node:timers/promises";
import { activeMeshConfigOf, type MeshConfig, type SaidOutsideOfMeshConfig } from "../core/mesh-config.ts";
import type { MeshFacts } from "../reconcile/ports.ts";
import { chooseMeshConfig } from "./choose-mesh-config.ts";
import type { Ask } from "./debug.ts";

export type WatchedIstiod = {
  /** Base URL of its debug port. */
  readonly url: string;
  /** As in its pod's arguments. */
  readonly clusterDomain?: string;
};

export type MeshConfigOptions = {
  readonly istiods: () => readonly WatchedIstiod[];
  readonly ask: Ask;
  /**
   * The controller's settings: its cluster domain wins over that of istiod's pods, and istiod's namespace is the root namespace if the mesh
   * config has none.
   */
  readonly defaults: SaidOutsideOfMeshConfig;
  /** Called after each change of the facts. */
  readonly changed: () => void;
  /** Called once with each warning, until there is a different one. */
  readonly warn: (text: string) => void;
  readonly times?: Partial<Times>;
};

/** Milliseconds. */
type Times = {
  /** Between requests. */
  readonly interval: number;
  /** Between requests before the first answer. */
  readonly retry: number;
  /** From the start until the mesh counts as unknown. */
  readonly timeout: number;
};

const installIstio =
  "Install Istio 1.30 or later there, or set EXPEDITE_ROOT_NAMESPACE; a managed mesh without an istiod in the cluster can't run Expedite";

const usual: Times = { interval: 30_000, retry: 500, timeout: 10_000 };

export function watchMeshConfig({ istiods, ask, defaults, changed, warn, times }: MeshConfigOptions): {
  readonly facts: () => MeshFacts;
  readonly stop: () => Promise<void>;
} {
  const { interval, retry, timeout } = { ...usual, ...times };
  const ending = new AbortController();
  const start = performance.now();
  let facts: MeshFacts = { revision: 0 };
  let last = "";
  const warnOnce = (text: string): void => {
    if (text !== "" && text !== last) warn(text);
    last = text;
  };
  const set = (found: Omit<MeshFacts, "revision">): void => {
    const { revision, ...before } = facts;
    if (JSON.stringify(found) === JSON.stringify(before)) return;
    facts = { ...found, revision: revision + 1 };
    changed();
  };
  const poll = async (): Promise<void> => {
    try {
      const found = await askAll(istiods(), ask, defaults);
      const config = chooseMeshConfig(found, facts.config);
      const kinds = new Set(found.map((one) => JSON.stringify(one)));
      warnOnce(kinds.size > 1 ? `istiod pods differ in their mesh config: ${[...kinds].join(" and ")}` : "");
      set({ config });
    } catch (error) {
      const remedy = istiods().length === 0 ? ` in ${defaults.istiodNamespace}. ${installIstio}` : "";
      const text = `istiod could not be asked for its mesh config: ${(error as Error).message}${remedy}`;
      warnOnce(text);
      if (facts.config === undefined && performance.now() - start >= timeout)
        set({ unknown: `${text}; nothing is changed until it answers` });
    }
  };
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await poll();
      const pause = facts.config === undefined ? retry : interval;
      await sleep(pause, undefined, { signal: ending.signal, ref: false }).catch(() => {});
    }
  };
  const running = run();
  return {
    facts: () => facts,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** In the order of their addresses, without those that do not answer. @throws when none answers */
export async function askAll(
  istiods: readonly WatchedIstiod[],
  ask: Ask,
  { clusterDomain, istiodNamespace }: SaidOutsideOfMeshConfig,
): Promise<readonly MeshConfig[]> {
  if (istiods.length === 0) throw new Error("no istiod pod is ready");
  const domain = clusterDomain ?? istiods.find((one) => one.clusterDomain !== undefined)?.clusterDomain;
  const outside = { clusterDomain: domain, istiodNamespace };
  const answers = await Promise.allSettled(
    istiods.map(async ({ url }) => activeMeshConfigOf(await ask(url, "mesh"), outside)),
  );
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === "rejected");
  if (found.length === 0) throw failed!.reason;
  return found;
}
