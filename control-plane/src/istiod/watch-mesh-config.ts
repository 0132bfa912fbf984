// In: where the istiod pods are. Out: the mesh config, asked for again and again. What was answered stays while nobody answers; before anybody
// did, nothing is guessed.
import { setTimeout as sleep } from "node:timers/promises";
import { activeMeshConfigOf, type MeshConfig } from "../core/mesh-config.ts";
import type { MeshFacts } from "../reconcile/ports.ts";
import type { Ask } from "./debug.ts";

export type WatchedIstiod = {
  /** Base URL of its debug port. */
  readonly url: string;
  /** As its pod says it. */
  readonly clusterDomain?: string;
};

export type MeshConfigOptions = {
  readonly istiods: () => readonly WatchedIstiod[];
  readonly ask: Ask;
  /** Wins over what pods say. */
  readonly clusterDomain?: string | undefined;
  /** After each change of the facts. */
  readonly changed: () => void;
  /** What somebody should know of it; each once, until something else is to be said. */
  readonly said: (text: string) => void;
  readonly times?: Partial<Times>;
};

/** Milliseconds: between questions; between them before the first answer; until it is said that nobody answers. */
type Times = { readonly every: number; readonly again: number; readonly patience: number };

const usual: Times = { every: 30_000, again: 500, patience: 10_000 };
const usualDomain = "cluster.local";

export function watchMeshConfig({ istiods, ask, clusterDomain, changed, said, times }: MeshConfigOptions): {
  readonly facts: () => MeshFacts;
  readonly stop: () => Promise<void>;
} {
  const { every, again, patience } = { ...usual, ...times };
  const ending = new AbortController();
  const start = performance.now();
  let facts: MeshFacts = { revision: 0 };
  let last = "";
  const say = (text: string): void => {
    if (text !== "" && text !== last) said(text);
    last = text;
  };
  const set = (found: Omit<MeshFacts, "revision">): void => {
    const { revision, ...before } = facts;
    if (JSON.stringify(found) === JSON.stringify(before)) return;
    facts = { ...found, revision: revision + 1 };
    changed();
  };
  const look = async (): Promise<void> => {
    try {
      const found = await askAll(istiods(), ask, clusterDomain);
      const same = found.find((config) => JSON.stringify(config) === JSON.stringify(facts.config));
      const kinds = new Set(found.map((config) => JSON.stringify(config)));
      say(kinds.size > 1 ? `istiod pods differ in their mesh config: ${[...kinds].join(" and ")}` : "");
      set({ config: same ?? found[0]! });
    } catch (error) {
      const text = `istiod does not tell its mesh config: ${(error as Error).message}`;
      say(text);
      if (facts.config === undefined && performance.now() - start >= patience)
        set({ unknown: `${text}; nothing is changed before it does` });
    }
  };
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await look();
      const pause = facts.config === undefined ? again : every;
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

/** In the order of their addresses, without those that do not answer. @throws when nobody does */
export async function askAll(
  istiods: readonly WatchedIstiod[],
  ask: Ask,
  clusterDomain: string | undefined,
): Promise<readonly MeshConfig[]> {
  if (istiods.length === 0) throw new Error("no istiod pod is ready");
  const domain = clusterDomain ?? istiods.find((one) => one.clusterDomain !== undefined)?.clusterDomain ?? usualDomain;
  const answers = await Promise.allSettled(
    istiods.map(async ({ url }) => activeMeshConfigOf(await ask(url, "mesh"), domain)),
  );
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === "rejected");
  if (found.length === 0) throw failed!.reason;
  return found;
}
