// The state of one namespace in one reconcile: what is stored, what is wanted, the missing writes, and its proxies in groups. Pure.
import { groupProxies, type ProxyGroups } from "../proxies/proxy-groups.ts";
import { differences, type Write } from "../writes/differences.ts";
import type { MutationCache } from "../writes/mutation-cache.ts";
import type { DesiredState } from "./desired-state.ts";
import { noObjects, type Objects } from "./owned-objects.ts";
import type { CacheState } from "./ports.ts";

export type NamespaceState = {
  readonly namespace: string;
  readonly stored: Objects;
  /** Without what was rolled back. */
  readonly wanted: Objects;
  readonly differences: readonly Write[];
  readonly groups: ProxyGroups;
};

export type NamespaceParts = {
  /** By namespace. */
  readonly stored: ReadonlyMap<string, Objects>;
  readonly wanted: ReadonlyMap<string, Objects>;
  readonly isCurrent: MutationCache["isCurrent"];
  readonly pod: CacheState["pod"];
  readonly plan: DesiredState["plan"];
  /** Names of a namespace's pods that should have a connected proxy, even if it was never seen. */
  readonly awaited: CacheState["podsWithSidecar"];
};

/** States of all namespaces that have objects of Expedite's, or should have them. */
export function namespaceStates(parts: NamespaceParts): ReadonlyMap<string, NamespaceState> {
  const optedOut = new Map(parts.plan?.enrolments.map(({ namespace, optedOut }) => [namespace, new Set(optedOut)]));
  const names = [...new Set([...parts.wanted.keys(), ...parts.stored.keys()])].sort();
  return new Map(names.map((name) => [name, namespaceState(name, parts, optedOut.get(name) ?? new Set())]));
}

function namespaceState(
  namespace: string,
  { isCurrent, pod, awaited, ...all }: NamespaceParts,
  optedOut: ReadonlySet<string>,
): NamespaceState {
  const stored = all.stored.get(namespace) ?? noObjects;
  const wanted = all.wanted.get(namespace) ?? noObjects;
  return {
    namespace,
    stored,
    wanted,
    differences: differences(stored, wanted, (key) =>
      isCurrent(key, wanted.get(key)!.summary, stored.get(key)?.summary),
    ),
    groups: groupProxies({ namespace, stored, wanted, optedOut, pod, awaited: awaited(namespace) }),
  };
}
