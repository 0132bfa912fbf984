// Rolls out a new module of the filter to one namespace at a time, and only as long as it works. Pure.
import type { Objects } from "../reconcile/owned-objects.ts";

/** True: healthy. Undefined: not known yet. A text: what is wrong. */
export type NamespaceHealth = true | undefined | string;

export type ModuleRollout = {
  /** Keys of objects that are neither written nor removed for now. */
  readonly paused: ReadonlySet<string>;
  /** What a namespace with the earlier module waits for, by namespace. */
  readonly waiting: ReadonlyMap<string, string>;
  /** Namespaces that have the next module, while others do not. */
  readonly ahead: readonly string[];
};

/**
 * Namespaces are updated in the order of their names, each once all that have the module are healthy; if one is not, the rollout stops. Its
 * state is in the stored objects themselves, so it continues after a restart. `stored`: by namespace, then key.
 */
export function moduleRollout(
  wanted: Objects,
  stored: ReadonlyMap<string, Objects>,
  healthOf: (namespace: string) => NamespaceHealth,
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
  if (namespaces.length === 0) return { paused: new Set(), waiting: new Map(), ahead: [] };
  const ahead = [...done].filter((namespace) => !later.has(namespace)).sort();
  const known = ahead.map((namespace) => ({ namespace, health: healthOf(namespace) }));
  const unhealthy = known.find(({ health }) => typeof health === "string");
  const isReady = known.every(({ health }) => health === true);
  const paused = isReady ? namespaces.slice(1) : namespaces;
  const why =
    unhealthy === undefined
      ? "the next module of the filter waits for the namespaces before this one"
      : `the rollout of the filter's next module has stopped: ${unhealthy.namespace}: ${unhealthy.health}`;
  return {
    paused: new Set(paused.flatMap((namespace) => later.get(namespace) ?? [])),
    waiting: new Map(paused.map((namespace) => [namespace, why])),
    ahead,
  };
}
