// In: what is stored for a namespace, what is wanted, and what its proxies hold. Out: the writes that are allowed now, and what the
// rest waits for. Pure, and without a position in a script: what is seen decides, so a restart or a change midway goes on from there.
//
// A route that names an aggregate cluster may be stored only while that cluster is stored and every proxy has it; a cluster may go
// only when no stored route names it and no proxy has a route that does. All else has no order: a level's subset that is missing
// falls through in the aggregate, and without the filter's header every route leads where it led without us.
import type { ManifestRef } from "../core/manifest.ts";
import type { OwnedObject, Workloads } from "./ports.ts";

export type Write =
  /** `only`: of the routes those that name no other clusters than these. */
  | { readonly apply: string; readonly only?: ReadonlySet<string> }
  | { readonly remove: ManifestRef; readonly key: string };

/** Have: every proxy has the clusters. Release: no proxy has a route that names one. */
export type Wait = {
  readonly until: "have" | "release";
  readonly workloads: Workloads;
  readonly clusters: readonly string[];
  /** More patience helps those that are pending only. */
  readonly answer?: Answer;
};

/** pending: not known, or not yet. refused: a proxy refused it, and more patience will not help. */
export type Answer = "yes" | "pending" | "refused";

export type NamespaceState = {
  readonly stored: ReadonlyMap<string, OwnedObject>;
  readonly wanted: ReadonlyMap<string, OwnedObject>;
  /** Neither written nor removed for now. */
  readonly isHeld: (key: string) => boolean;
  readonly isCurrent: (key: string) => boolean;
  readonly ask: (wait: Wait) => Answer;
  /** Proxies that are silent are not waited for any longer. */
  readonly isOverdue: boolean;
};

export type NextStep = { readonly writes: readonly Write[]; readonly waits: readonly Wait[] };

export function next(state: NamespaceState): NextStep {
  const { stored, wanted, isHeld, isCurrent } = state;
  const changed = [...wanted.keys()].filter((key) => !isHeld(key) && !isCurrent(key));
  const gone = [...stored].filter(([key]) => !wanted.has(key) && !isHeld(key));
  const isFree = ({ content }: OwnedObject): boolean => content.adds.length === 0 && content.names.length === 0;
  const isPlain = (key: string): boolean =>
    [stored.get(key), wanted.get(key)].every((one) => one === undefined || isFree(one));
  const plain: Write[] = [
    ...changed.filter(isPlain).map((apply) => ({ apply })),
    ...gone.filter(([key]) => isPlain(key)).map(([key, { ref }]) => ({ remove: ref, key })),
  ];
  const withdrawn = routesBack(state);
  const clusters = clusterWrites(state, changed, gone, new Set(withdrawn.map(keyOfWrite)));
  const first = [...plain, ...withdrawn, ...clusters.writes];
  if (first.length > 0) return { writes: first, waits: clusters.waits };
  const routes = routeWrites(state, changed);
  return { writes: routes.writes, waits: [...clusters.waits, ...routes.waits] };
}

const keyOfWrite = (write: Write): string => ("apply" in write ? write.apply : write.key);

const isSameWorkloads = (a: Workloads, b: Workloads): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Clusters that are stored for some workloads, and stay. */
function staying({ stored, wanted }: NamespaceState, workloads: Workloads): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [key, { content }] of stored) {
    if (content.adds.length === 0 || !isSameWorkloads(content.workloads, workloads)) continue;
    const kept = wanted.get(key);
    const stay = new Set(
      kept !== undefined && isSameWorkloads(kept.content.workloads, workloads) ? kept.content.adds : [],
    );
    for (const name of content.adds) if (stay.has(name)) found.add(name);
  }
  return found;
}

/** Stored routes that are to go, or that name a cluster that goes. */
function routesBack(state: NamespaceState): readonly Write[] {
  const { stored, wanted, isHeld } = state;
  return [...stored].flatMap(([key, { ref, content }]): Write[] => {
    if (content.names.length === 0 || isHeld(key)) return [];
    const kept = wanted.get(key);
    if (kept === undefined) return [{ remove: ref, key }];
    const stay = staying(state, content.workloads);
    if (content.names.every((name) => stay.has(name))) return [];
    // What stored routes name already, proxies have.
    return [{ apply: key, only: new Set(content.names.filter((name) => stay.has(name))) }];
  });
}

/** Objects that add clusters: their own additions need nothing, what they drop has to be out of use. */
function clusterWrites(
  state: NamespaceState,
  changed: readonly string[],
  gone: readonly (readonly [string, OwnedObject])[],
  underWay: ReadonlySet<string>,
): NextStep {
  const { stored, wanted } = state;
  const writes: Write[] = [];
  const waits: Wait[] = [];
  const consider = (write: Write, before: OwnedObject | undefined, after: OwnedObject | undefined): void => {
    const kept = new Set(after?.content.adds);
    const workloads = (before ?? after)!.content.workloads;
    const stay = staying(state, workloads);
    const dropped = (before?.content.adds ?? []).filter((name) => !kept.has(name) && !stay.has(name));
    const wait: Wait = { until: "release", workloads, clusters: dropped };
    // A cluster that moves to another object leaves the first one before: a proxy refuses two of one name.
    const moving = addedElsewhere(stored, keyOfWrite(write), workloads, after?.content.adds ?? []);
    if (moving.length > 0 && !state.isOverdue) waits.push({ ...wait, clusters: moving, answer: "pending" });
    else if (dropped.length === 0) writes.push(write);
    else if (isNamed(stored, underWay, wait)) waits.push(wait);
    else {
      const answer = state.ask(wait);
      if (isGranted(state, answer)) writes.push(write);
      else waits.push({ ...wait, answer });
    }
  };
  for (const key of changed)
    if (hasClusters(stored.get(key)) || hasClusters(wanted.get(key)))
      consider({ apply: key }, stored.get(key), wanted.get(key));
  for (const [key, object] of gone) if (hasClusters(object)) consider({ remove: object.ref, key }, object, undefined);
  return { writes, waits };
}

function addedElsewhere(
  stored: NamespaceState["stored"],
  key: string,
  workloads: Workloads,
  adds: readonly string[],
): readonly string[] {
  const others = [...stored].filter(
    ([other, { content }]) => other !== key && content.adds.length > 0 && isSameWorkloads(content.workloads, workloads),
  );
  const elsewhere = new Set(others.flatMap(([, { content }]) => content.adds));
  return elsewhere.size === 0 ? [] : adds.filter((name) => elsewhere.has(name));
}

const hasClusters = (object: OwnedObject | undefined): boolean => (object?.content.adds.length ?? 0) > 0;

function isNamed(
  stored: NamespaceState["stored"],
  underWay: ReadonlySet<string>,
  { workloads, clusters }: Wait,
): boolean {
  const names = new Set(clusters);
  return [...stored].some(
    ([key, { content }]) =>
      underWay.has(key) ||
      (isSameWorkloads(content.workloads, workloads) && content.names.some((name) => names.has(name))),
  );
}

function routeWrites(state: NamespaceState, changed: readonly string[]): NextStep {
  const { stored, wanted } = state;
  const writes: Write[] = [];
  const waits: Wait[] = [];
  for (const key of changed) {
    const { content } = wanted.get(key)!;
    if (content.names.length === 0 || content.adds.length > 0) {
      // It named clusters before and names none now.
      if ((stored.get(key)?.content.names.length ?? 0) > 0) writes.push({ apply: key });
      continue;
    }
    const stay = staying(state, content.workloads);
    const wait: Wait = { until: "have", workloads: content.workloads, clusters: content.names };
    if (!content.names.every((name) => stay.has(name))) waits.push(wait);
    else {
      const answer = state.ask(wait);
      if (isGranted(state, answer)) writes.push({ apply: key });
      else waits.push({ ...wait, answer });
    }
  }
  return { writes, waits };
}

const isGranted = ({ isOverdue }: NamespaceState, answer: Answer): boolean =>
  answer === "yes" || (answer === "pending" && isOverdue);
