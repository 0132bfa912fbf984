// Rolls back what proxies refuse: the objects of the last change that may be meant, until their content changes or it is time to try them
// again. What they conflicted with in a proxy may be someone else's, and may be gone by then.
import type { ChangeTracker } from "../proxies/change-tracker.ts";
import type { SyncStatus } from "../proxies/sync-status.ts";
import { labelsOf, matchesWorkloads } from "../proxies/workload-match.ts";
import { keyOf } from "../reconcile/object-summary.ts";
import type { Objects } from "../reconcile/owned-objects.ts";
import type { CacheState, OwnedObject, ProxyReport, ResourceType } from "../reconcile/ports.ts";
import { mayMeanPatches, mayMeanSubsets, namesOurs, type Refusal, refusalsOf } from "./refusals.ts";
import { sees, subsetsKey, withSubsets } from "./visible-subsets.ts";

/** Milliseconds after which a proxy that refuses another push with the same message, although the object is gone, did not mean it. */
const trial = 5_000;
/** Milliseconds until it is first tried again; each further time takes twice as long, up to the maximum. */
const retry = { first: 30_000, longest: 600_000 } as const;
/** Milliseconds for which the last change is the suspect. A later refusal is about something else, unless it names Expedite. */
const suspicious = 60_000;
/** Milliseconds within which a proxy answers a push. */
const answer = 2_000;

type RolledBack = {
  readonly digest: string;
  readonly namespace: string;
  readonly type: ResourceType;
  readonly why: string;
  /** Nonce of the refused push, by text. */
  readonly refusals: Map<string, string>;
  /** When it is tried again. */
  readonly until: number;
  /** When it was first seen to be no longer stored. */
  goneAt: number | undefined;
};

/** With their keys. */
type Suspects = readonly (readonly [string, OwnedObject])[];

type Blamed = { readonly nonce: string; readonly later?: { readonly nonce: string; readonly at: number } };

export type Observed = {
  readonly syncStatus: SyncStatus;
  /** All that are wanted, before anything is rolled back. */
  readonly objects: Objects;
  readonly pod: CacheState["pod"];
  readonly now: number;
};

type LastChange = { readonly revision: number; readonly at: number; readonly objects: Map<string, OwnedObject> };

export class Rollback {
  readonly #rolledBack = new Map<string, RolledBack>();
  /** The objects that changed last, by namespace and type. */
  readonly #last = new Map<string, LastChange>();
  /** Refusals for which something was rolled back, by text, as long as they are seen. */
  readonly #blamed = new Map<string, Blamed>();
  /** How often this content was rolled back, by key. */
  readonly #times = new Map<string, { readonly digest: string; readonly count: number }>();
  /** When it was first seen, by text. */
  readonly #firstSeen = new Map<string, number>();
  /** Refusals that Expedite did not cause: they existed without a change of Expedite's, or remained after its rollback. */
  readonly #excused = new Set<string>();
  readonly #changes: ChangeTracker;
  #wanted: Objects = new Map();
  #subsets: readonly OwnedObject[] = [];
  #pod: CacheState["pod"] = () => undefined;
  #hasSeen = false;

  constructor(changes: ChangeTracker) {
    this.#changes = changes;
  }

  /** To be called when an object is written. `revision`: that of the desired state; the same for writes that belong together. */
  wrote(object: OwnedObject, revision: number, now: number): void {
    for (const [key, suspect] of this.#suspected(object))
      for (const type of suspect.summary.types) {
        const slot = `${suspect.ref.metadata.namespace} ${type}`;
        const known = this.#last.get(slot);
        const objects = known?.revision === revision ? known.objects : new Map<string, OwnedObject>();
        this.#last.set(slot, { revision, at: now, objects: objects.set(key, suspect) });
      }
  }

  /** What proxies may refuse about an object: the subsets of a rule concern every namespace that sees them. */
  #suspected(object: OwnedObject): Suspects {
    if (object.ref.kind !== "DestinationRule") return [[keyOf(object.ref), object]];
    return this.#subsets
      .filter(({ ref }) => sees(ref.metadata.namespace, object))
      .map((subsets) => [subsetsKey(subsets.ref.metadata.namespace), subsets]);
  }

  /** Evaluates what proxies refuse now. */
  observe({ syncStatus, objects, pod, now }: Observed): void {
    this.#pod = pod;
    const { all: wanted, subsets } = withSubsets(objects);
    [this.#wanted, this.#subsets] = [wanted, subsets];
    const refusals = syncStatus.all().flatMap(refusalsOf);
    const seen = new Map(refusals.map(({ text, nonce }) => [text, nonce]));
    for (const text of this.#excused) if (!seen.has(text)) this.#excused.delete(text);
    for (const text of this.#blamed.keys()) if (!seen.has(text)) this.#blamed.delete(text);
    // They may be older than this leader.
    if (!this.#hasSeen && syncStatus.problem === undefined) {
      this.#hasSeen = true;
      for (const { text, message } of refusals) if (!namesOurs(message)) this.#excused.add(text);
    }
    this.#acquit(seen, now);
    this.#forget(wanted, now);
    for (const text of this.#firstSeen.keys()) if (!seen.has(text)) this.#firstSeen.delete(text);
    for (const refusal of refusals) if (this.#isNew(refusal, now)) this.#consider(refusal, now);
  }

  /** Forgets objects that are no longer wanted. */
  #forget(wanted: Objects, now: number): void {
    for (const [slot, { at, objects }] of this.#last)
      if (now - at > suspicious && ![...objects.keys()].some((key) => wanted.has(key))) this.#last.delete(slot);
    for (const key of this.#times.keys()) if (!wanted.has(key)) this.#times.delete(key);
  }

  /** istiod reports a refusal until another push is answered, so with a later push it is new only if it persists. */
  #isNew({ text, nonce }: Refusal, now: number): boolean {
    if (this.#excused.has(text)) return false;
    const known = this.#blamed.get(text);
    if (known === undefined) return true;
    if (known.nonce === nonce) return false;
    const later = known.later?.nonce === nonce ? known.later : { nonce, at: now };
    this.#blamed.set(text, { ...known, later });
    return now - later.at >= answer;
  }

  #consider({ report, type, message, text, nonce }: Refusal, now: number): void {
    const { namespace, pod } = report;
    const underTrial = [...this.#rolledBack].filter(
      ([key, one]) => one.namespace === namespace && one.type === type && this.#reaches(key, report),
    );
    if (underTrial.length > 0) {
      for (const [, { refusals }] of underTrial) if (!refusals.has(text)) refusals.set(text, nonce);
      this.#blamed.set(text, { nonce });
      return;
    }
    const seenAt = this.#firstSeen.get(text) ?? now;
    this.#firstSeen.set(text, seenAt);
    const changedAt = this.#last.get(`${namespace} ${type}`)?.at;
    const isOld = changedAt === undefined || seenAt - changedAt > suspicious;
    // A refusal that names Expedite is about Expedite even if the change is not remembered, as after a restart.
    const suspects = isOld && !namesOurs(message) ? [] : this.#suspects({ report, type, message });
    if (suspects.length === 0) {
      this.#excused.add(text);
      return;
    }
    // It may still be about a push made before the change.
    const isOfChange = this.#changes.isAfter(report, "filters", [report.exchanges[type]!]);
    if (!isOfChange || now - Math.max(seenAt, changedAt ?? seenAt) < answer) return;
    this.#blamed.set(text, { nonce });
    for (const [key, { summary }] of suspects) {
      const name = key === subsetsKey(namespace) ? "the levels' subsets of Expedite's DestinationRules" : key;
      const why = `${pod} refused ${name} (${type}: ${message}); it is rolled back until it changes, and tried again later`;
      const until = now + this.#pause(key, summary.digest);
      const entry = { digest: summary.digest, namespace, type, why, refusals: new Map([[text, nonce]]), until };
      this.#rolledBack.set(key, { ...entry, goneAt: undefined });
    }
  }

  #pause(key: string, digest: string): number {
    const known = this.#times.get(key);
    const count = known?.digest === digest ? known.count + 1 : 0;
    this.#times.set(key, { digest, count });
    return Math.min(retry.first * 2 ** count, retry.longest);
  }

  /** Whether an object changes what the proxy gets; other proxies can't refuse it. */
  #reaches(key: string, report: ProxyReport): boolean {
    const object = this.#wanted.get(key);
    if (object?.ref.kind !== "EnvoyFilter") return true;
    return matchesWorkloads(object.summary.workloads, report, labelsOf(this.#pod, report));
  }

  #suspects({ report, type, message }: Pick<Refusal, "report" | "type" | "message">): Suspects {
    const { namespace } = report;
    const mayMean = ([key]: Suspects[number]): boolean =>
      this.#reaches(key, report) &&
      (type !== "CDS" || (key === subsetsKey(namespace) ? mayMeanSubsets(message) : mayMeanPatches(message)));
    const last = [...(this.#last.get(`${namespace} ${type}`)?.objects ?? [])];
    const found = last
      .filter(([key, { summary }]) => this.#wanted.get(key)?.summary.digest === summary.digest)
      .filter(mayMean);
    if (found.length > 0 || !namesOurs(message)) return found;
    return [...this.#wanted].filter(
      ([key, { ref, summary }]) =>
        (ref.kind === "EnvoyFilter" || key === subsetsKey(namespace)) &&
        ref.metadata.namespace === namespace &&
        summary.types.includes(type) &&
        mayMean([key, { ref, summary }]),
    );
  }

  /** If a later push is refused with the same message although the object is long gone, Expedite did not cause it. */
  #acquit(seen: ReadonlyMap<string, string>, now: number): void {
    for (const [key, { refusals, goneAt }] of this.#rolledBack) {
      if (goneAt === undefined || now - goneAt < trial) continue;
      const still = [...refusals].filter(([text, nonce]) => seen.has(text) && seen.get(text) !== nonce);
      if (still.length === 0) continue;
      this.#rolledBack.delete(key);
      for (const text of refusals.keys()) if (seen.has(text)) this.#excused.add(text);
    }
  }

  /** To be called after `observe`: releases what has changed since or is to be tried again. `stored`: by namespace, then key. */
  review(stored: ReadonlyMap<string, Objects>, now: number): void {
    const isStored = (key: string, namespace: string): boolean =>
      key === subsetsKey(namespace)
        ? [...stored.values()].some((members) =>
            [...members.values()].some((one) => one.ref.kind === "DestinationRule" && sees(namespace, one)),
          )
        : stored.get(namespace)?.has(key) === true;
    for (const [key, entry] of this.#rolledBack) {
      if (this.#wanted.get(key)?.summary.digest !== entry.digest || now >= entry.until) this.#rolledBack.delete(key);
      else entry.goneAt = isStored(key, entry.namespace) ? undefined : (entry.goneAt ?? now);
    }
  }

  /** The objects without those that were rolled back. */
  remaining(objects: Objects): Objects {
    if (this.#rolledBack.size === 0) return objects;
    return new Map([...objects].filter(([key]) => !this.#rolledBack.has(key)));
  }

  /** Namespaces whose proxies refused what may be clusters of subsets. */
  refusingSubsets(): ReadonlySet<string> {
    const found = [...this.#rolledBack].filter(([key, { namespace }]) => key === subsetsKey(namespace));
    return new Set(found.map(([, { namespace }]) => namespace));
  }

  /** Why something was rolled back, by namespace. */
  reasons(): ReadonlyMap<string, string> {
    return new Map([...this.#rolledBack.values()].map(({ namespace, why }) => [namespace, why]));
  }
}
