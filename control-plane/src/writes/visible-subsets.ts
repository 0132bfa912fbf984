// Makes one object for each namespace that represents all subsets of Expedite's DestinationRules that it sees: istiod makes clusters of
// them in every proxy there, and a proxy that refuses one does not say which rule it comes from. Pure.
import { digest } from "../core/digest.ts";
import { keyOf } from "../reconcile/object-summary.ts";
import type { ObjectSummary, OwnedObject } from "../reconcile/ports.ts";

const apiVersion = "networking.istio.io/v1";

/** The key of the object that represents the subsets that a namespace sees. */
export const subsetsKey = (namespace: string): string =>
  keyOf({ apiVersion, kind: "DestinationRule", metadata: { namespace, name: "*" } });

const stands = (namespace: string, spec: string): OwnedObject => {
  const summary: ObjectSummary = {
    ...{ digest: spec, spec, workloads: { isGateway: false, selector: {} }, types: ["CDS"] },
    ...{ exportTo: [], extensions: [] },
  };
  return { ref: { apiVersion, kind: "DestinationRule", metadata: { namespace, name: "*" } }, summary };
};

/** Whether a namespace sees the subsets of a rule of Expedite's. */
export function sees(namespace: string, { ref, summary: { exportTo } }: OwnedObject): boolean {
  if (exportTo.length === 0 || exportTo.includes("*") || exportTo.includes(namespace)) return true;
  return exportTo.includes(".") && ref.metadata.namespace === namespace;
}

type Seen = { readonly all: ReadonlyMap<string, OwnedObject>; readonly subsets: readonly OwnedObject[] };

const known = new WeakMap<ReadonlyMap<string, OwnedObject>, Seen>();

/**
 * `all`: the same objects and, for each namespace that has EnvoyFilters of Expedite's or is named by a rule, the object that represents its
 * subsets.
 */
export function withSubsets(objects: ReadonlyMap<string, OwnedObject>): Seen {
  const found = known.get(objects) ?? seenOf(objects);
  known.set(objects, found);
  return found;
}

function seenOf(objects: ReadonlyMap<string, OwnedObject>): Seen {
  const subsets = subsetsSeen(objects);
  return { all: new Map([...objects, ...subsets]), subsets: [...subsets.values()] };
}

function subsetsSeen(objects: ReadonlyMap<string, OwnedObject>): ReadonlyMap<string, OwnedObject> {
  const rules = [...objects].filter(([, { ref }]) => ref.kind === "DestinationRule");
  const filtered = [...objects.values()].flatMap(({ ref }) =>
    ref.kind === "EnvoyFilter" ? [ref.metadata.namespace] : [],
  );
  const namespaces = new Set(filtered);
  const digests = new Map<string, string[]>();
  const add = (namespace: string, text: string): void => {
    const members = digests.get(namespace) ?? [];
    if (members.length === 0) digests.set(namespace, members);
    members.push(text);
  };
  for (const [key, rule] of rules) {
    const { exportTo, spec } = rule.summary;
    const isForAll = exportTo.length === 0 || exportTo.includes("*");
    const own = exportTo.includes(".") ? [rule.ref.metadata.namespace] : [];
    const named = isForAll ? namespaces : new Set([...exportTo.filter((entry) => entry !== "."), ...own]);
    for (const namespace of named) add(namespace, `${key} ${spec}`);
  }
  return new Map(
    [...digests].map(([namespace, texts]) => {
      return [subsetsKey(namespace), stands(namespace, digest(texts.sort().join("\n"), 32))];
    }),
  );
}
