// In: filters that are wanted, those that are stored with the module they carry, and how the namespaces do. Out: whose turn it is. Pure.
import type { OwnedObject } from "../reconcile/ports.ts";

/** Healthy: true. Not known yet: undefined. Otherwise what is wrong. */
export type Health = (namespace: string) => true | undefined | string;

export type ModuleRollout = {
  /** Keys of objects that are neither written nor removed for now. */
  readonly held: ReadonlySet<string>;
  /** Namespace that still has the earlier module → what it waits for. */
  readonly waiting: ReadonlyMap<string, string>;
  /** Namespaces that have the module already, while others have not. */
  readonly ahead: readonly string[];
};

/**
 * Another module goes to one namespace at a time, in the order of their names. The next one's turn comes when all that have it
 * do well, and never if one does not. State is what the objects say of themselves, so a restart goes on where it was.
 */
export function moduleRollout(
  wanted: ReadonlyMap<string, OwnedObject>,
  stored: ReadonlyMap<string, ReadonlyMap<string, OwnedObject>>,
  health: Health,
): ModuleRollout {
  const later = new Map<string, string[]>();
  const done = new Set<string>();
  for (const [key, { ref, summary }] of wanted) {
    const { namespace } = ref.metadata;
    const there = stored.get(namespace)?.get(key)?.summary.module;
    if (summary.module === undefined || there === undefined) continue;
    if (there === summary.module) done.add(namespace);
    else later.set(namespace, [...(later.get(namespace) ?? []), key]);
  }
  const namespaces = [...later.keys()].sort();
  if (namespaces.length === 0) return { held: new Set(), waiting: new Map(), ahead: [] };
  const ahead = [...done].filter((namespace) => !later.has(namespace)).sort();
  const states = ahead.map((namespace) => ({ namespace, state: health(namespace) }));
  const wrong = states.find(({ state }) => typeof state === "string");
  const isReady = states.every(({ state }) => state === true);
  const held = isReady ? namespaces.slice(1) : namespaces;
  const why =
    wrong === undefined
      ? "the next module of the filter waits for the namespaces before"
      : `the next module of the filter stopped: ${wrong.namespace}: ${wrong.state}`;
  return {
    held: new Set(held.flatMap((namespace) => later.get(namespace) ?? [])),
    waiting: new Map(held.map((namespace) => [namespace, why])),
    ahead,
  };
}
