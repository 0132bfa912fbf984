// Hides the levels' subsets from namespaces whose proxies refuse Expedite's clusters, and from no others: istiod makes a cluster of each
// subset that a namespace sees, and a proxy that refuses one accepts none of the others either. Pure.
import type { DestinationRule } from "../api/istio.ts";
import type { Manifest } from "../core/manifest.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import { summaryOf } from "../reconcile/object-summary.ts";
import type { OwnedObject } from "../reconcile/ports.ts";

/** `users`: DestinationRules that are not Expedite's. */
export function hideSubsets(
  desired: DesiredState,
  namespaces: ReadonlySet<string>,
  users: readonly DestinationRule[],
): DesiredState {
  if (namespaces.size === 0 || desired.wanted === undefined) return desired;
  const taken = new Set(users.map(({ metadata, spec }) => placeOf(metadata.namespace, spec.host)));
  const wanted = new Map<string, OwnedObject>();
  for (const [key, object] of desired.wanted) {
    if (object.ref.kind !== "DestinationRule") {
      wanted.set(key, object);
      continue;
    }
    const whole = desired.manifest(key);
    const left = hiddenFrom(whole, namespaces, taken);
    if (left === whole) wanted.set(key, object);
    else if (left !== undefined) wanted.set(key, { ref: object.ref, summary: summaryOf(left) });
  }
  return {
    ...desired,
    wanted,
    manifest: (key) => {
      const whole = desired.manifest(key);
      return whole.kind === "DestinationRule" ? (hiddenFrom(whole, namespaces, taken) ?? whole) : whole;
    },
  };
}

const placeOf = (namespace: string, host: string): string => `${namespace} ${host}`;

/** Undefined: no namespace is left to see it, or it is next to a user's rule, with which it merges only if both have the same exportTo. */
function hiddenFrom(
  manifest: Manifest,
  namespaces: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): Manifest | undefined {
  const { host, exportTo = [] } = manifest.spec as { readonly host: string; readonly exportTo?: readonly string[] };
  const isSeen = exportTo.length === 0 || exportTo.some((entry) => entry === "*" || namespaces.has(entry));
  const isOwn = exportTo.includes(".") && namespaces.has(manifest.metadata.namespace);
  if (!isSeen && !isOwn) return manifest;
  const left = exportTo.filter((entry) => !namespaces.has(entry));
  const isNamed = exportTo.every((entry) => entry !== "*" && entry !== ".");
  if (left.length === 0 || !isNamed || taken.has(placeOf(manifest.metadata.namespace, host))) return undefined;
  return { ...manifest, spec: { ...(manifest.spec as object), exportTo: left } };
}
