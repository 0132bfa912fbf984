// Loads the scavenger into the node's kernel while a level asks for it, and removes it afterwards. The kernel is the only record.
import type { Inactive } from "../core/link-state.ts";
import { type ScavengerState, secondChoice, type WithoutScavenger } from "../core/scavenger.ts";
import type { Run } from "../node/namespace.ts";
import { isAvailable, type Loaded, loadScavenger, namesIn, planScavenger, removeScavenger } from "../node/scavenger.ts";

export type ScavengerOptions = {
  readonly run: Run;
  /** The file of the BPF object. */
  readonly object: string;
  /** Milliseconds after which a kernel that refused is asked again. */
  readonly retry: number;
  /** In milliseconds, and only forward. */
  readonly now: () => number;
};

type Removal = { readonly removed: readonly string[]; readonly problem?: Inactive };

export type Scavenger = {
  readonly load: () => Promise<ScavengerState>;
  readonly remove: () => Promise<Removal>;
};

/** It starts a process only if something may have to be changed. Neither function throws. */
export function nodeScavenger({ run, object, retry, now }: ScavengerOptions): Scavenger {
  /** Whether this version is known to be loaded, so that the kernel's list tells whether it still is. */
  let isOurs = false;
  let refused: { readonly why: WithoutScavenger; readonly at: number } | undefined;

  async function load(): Promise<ScavengerState> {
    const names = await namesIn(object);
    if (!("reason" in names) && isOurs && (await isAvailable(names.algorithm)))
      return { algorithm: names.algorithm, changed: [] };
    if (refused !== undefined && now() - refused.at < retry) return instead(refused.why);
    const result = await loadScavenger(run, object);
    if ("reason" in result) {
      isOurs = false;
      refused = { why: result, at: now() };
      return instead(result);
    }
    isOurs = true;
    refused = undefined;
    return stateOf(result);
  }

  async function remove(): Promise<Removal> {
    isOurs = false;
    refused = undefined;
    const names = await namesIn(object);
    // Whoever lacks the object has loaded none.
    if ("reason" in names || !(await isAvailable(names.algorithm))) return { removed: [] };
    const result = await removeScavenger(run, object);
    if ("removed" in result) return result;
    const reason = result.reason === "NotPermitted" || result.reason === "ToolMissing" ? result.reason : "Failed";
    return { removed: [], problem: { reason, problem: `scavenger: ${result.problem}` } };
  }

  return { load, remove };
}

/** Changes nothing; what it reports would be done. */
export function plannedScavenger({ run, object }: Pick<ScavengerOptions, "run" | "object">): Scavenger {
  return {
    load: async () => {
      const result = await planScavenger(run, object);
      return "reason" in result ? instead(result) : stateOf(result);
    },
    remove: async () => {
      const names = await namesIn(object);
      const isThere = !("reason" in names) && (await isAvailable(names.algorithm));
      return { removed: isThere ? [`TCP congestion control ${names.algorithm}`] : [] };
    },
  };
}

function stateOf({ loaded, changed }: Loaded): ScavengerState {
  return { algorithm: loaded, changed: changed ? [`TCP congestion control ${loaded}`] : [] };
}

async function instead(why: WithoutScavenger): Promise<ScavengerState> {
  return (await isAvailable(secondChoice)) ? { algorithm: secondChoice, ...why } : why;
}
