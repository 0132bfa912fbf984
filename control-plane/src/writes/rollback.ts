// In: what was written last in each namespace, and what proxies refuse. Out: the objects that are taken back until their content changes, or
// until it is time to try again: what they met in a proxy may have been somebody else's, and be gone.

import type { ChangeTracker } from "../proxies/change-tracker.ts";
import type { SyncStatus } from "../proxies/sync-status.ts";
import { keyOf } from "../reconcile/object-summary.ts";
import type { Objects } from "../reconcile/owned-objects.ts";
import type { OwnedObject, ResourceType } from "../reconcile/ports.ts";
import { isNamed, mayMeanPatches, mayMeanSubsets, type Refusal, refusalsOf } from "./refusals.ts";
import { sees, subsetsKey, withSubsets } from "./visible-subsets.ts";

/** Milliseconds. A proxy that refuses another push with the same words so long after our object is gone did not mean it. */
const trial = 5_000;
/** Milliseconds until the first trial again; each further one comes after twice as long, up to the longest. */
const again = { first: 30_000, longest: 600_000 } as const;
/** Milliseconds for which our last change is the suspect: what is refused later is about something else, unless it names us. */
const suspicious = 60_000;
/** Milliseconds in which a proxy answers a push. */
const answer = 2_000;

type RolledBack = {
  readonly digest: string;
  readonly namespace: string;
  readonly type: ResourceType;
  readonly why: string;
  /** Text → nonce of the push that was refused. */
  readonly refusals: Map<string, string>;
  /** When it is tried again. */
  readonly until: number;
  /** When it was no longer stored. */
  goneAt: number | undefined;
};

type Blamed = { readonly nonce: string; readonly later?: { readonly nonce: string; readonly at: number } };

type Change = { readonly change: number; readonly at: number; readonly objects: Map<string, OwnedObject> };

export class Rollback {
  readonly #rolledBack = new Map<string, RolledBack>();
  /** Namespace and type → the objects of the last change of it. */
  readonly #last = new Map<string, Change>();
  /** By text: refusals that something was taken back for, as long as they are seen. */
  readonly #blamed = new Map<string, Blamed>();
  /** Key → how often this content was taken back. */
  readonly #times = new Map<string, { readonly digest: string; readonly count: number }>();
  /** Text → when it was seen first. */
  readonly #firstSeen = new Map<string, number>();
  /** Refusals that are none of ours: there without a change of ours, or unmoved by its withdrawal. */
  readonly #excused = new Set<string>();
  readonly #changes: ChangeTracker;
  #wanted: Objects = new Map();
  #subsets: readonly OwnedObject[] = [];
  #hasSeen = false;

  constructor(changes: ChangeTracker) {
    this.#changes = changes;
  }

  /** `change`: the same number for writes that belong together. */
  wrote(object: OwnedObject, change: number, now: number): void {
    for (const [key, suspect] of this.#suspected(object))
      for (const type of suspect.summary.types) {
        const slot = `${suspect.ref.metadata.namespace} ${type}`;
        const known = this.#last.get(slot);
        const objects = known?.change === change ? known.objects : new Map<string, OwnedObject>();
        this.#last.set(slot, { change, at: now, objects: objects.set(key, suspect) });
      }
  }

  /** What a namespace's proxies may refuse of it: a rule's subsets are those of every namespace that sees them. */
  #suspected(object: OwnedObject): readonly (readonly [string, OwnedObject])[] {
    if (object.ref.kind !== "DestinationRule") return [[keyOf(object.ref), object]];
    return this.#subsets
      .filter(({ ref }) => sees(ref.metadata.namespace, object))
      .map((subsets) => [subsetsKey(subsets.ref.metadata.namespace), subsets]);
  }

  /** `objects`: all that are wanted, before anything is taken back. */
  look(syncStatus: SyncStatus, objects: Objects, now: number): void {
    const { all: wanted, subsets } = withSubsets(objects);
    [this.#wanted, this.#subsets] = [wanted, subsets];
    const refusals = syncStatus.all().flatMap(refusalsOf);
    const seen = new Map(refusals.map(({ text, nonce }) => [text, nonce]));
    for (const text of this.#excused) if (!seen.has(text)) this.#excused.delete(text);
    for (const text of this.#blamed.keys()) if (!seen.has(text)) this.#blamed.delete(text);
    // Nobody knows since when: they may be older than we are.
    if (!this.#hasSeen && syncStatus.problem === undefined) {
      this.#hasSeen = true;
      for (const { text, message } of refusals) if (!isNamed(message)) this.#excused.add(text);
    }
    this.#acquit(seen, now);
    this.#forget(wanted, now);
    for (const text of this.#firstSeen.keys()) if (!seen.has(text)) this.#firstSeen.delete(text);
    for (const refusal of refusals) if (this.#isNews(refusal, now)) this.#consider(refusal, now);
  }

  /** What is of objects that are wanted no more. */
  #forget(wanted: Objects, now: number): void {
    for (const [slot, { at, objects }] of this.#last)
      if (now - at > suspicious && ![...objects.keys()].some((key) => wanted.has(key))) this.#last.delete(slot);
    for (const key of this.#times.keys()) if (!wanted.has(key)) this.#times.delete(key);
  }

  /** What istiod tells of a refusal stays until another push is answered: with a later push it is news only if it stays on. */
  #isNews({ text, nonce }: Refusal, now: number): boolean {
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
    const underTrial = [...this.#rolledBack.values()].filter((one) => one.namespace === namespace && one.type === type);
    if (underTrial.length > 0) {
      for (const { refusals } of underTrial) if (!refusals.has(text)) refusals.set(text, nonce);
      this.#blamed.set(text, { nonce });
      return;
    }
    const seenAt = this.#firstSeen.get(text) ?? now;
    this.#firstSeen.set(text, seenAt);
    const changedAt = this.#last.get(`${namespace} ${type}`)?.at;
    const isOld = changedAt === undefined || seenAt - changedAt > suspicious;
    // What names us is ours even where nobody remembers the change: after a restart.
    const suspects = isOld && !isNamed(message) ? [] : this.#suspects(namespace, type, message);
    if (suspects.length === 0) {
      this.#excused.add(text);
      return;
    }
    // It may be about a push of before our change, or what istiod tells of one before the last.
    const isOfChange = this.#changes.isAfter(report, "filters", [report.exchanges[type]!]);
    if (!isOfChange || now - Math.max(seenAt, changedAt ?? seenAt) < answer) return;
    this.#blamed.set(text, { nonce });
    for (const [key, { summary }] of suspects) {
      const name = key === subsetsKey(namespace) ? `the levels' subsets of our DestinationRules` : key;
      const why = `${pod} refused ${name} (${type}: ${message}); it is taken back until it changes, and tried again in a while`;
      const until = now + this.#pause(key, summary.digest);
      const entry = { digest: summary.digest, namespace, type, why, refusals: new Map([[text, nonce]]), until };
      this.#rolledBack.set(key, { ...entry, goneAt: undefined });
    }
  }

  #pause(key: string, digest: string): number {
    const known = this.#times.get(key);
    const count = known?.digest === digest ? known.count + 1 : 0;
    this.#times.set(key, { digest, count });
    return Math.min(again.first * 2 ** count, again.longest);
  }

  #suspects(namespace: string, type: ResourceType, message: string): readonly (readonly [string, OwnedObject])[] {
    const isMeant = ([key]: readonly [string, OwnedObject]): boolean =>
      type !== "CDS" || (key === subsetsKey(namespace) ? mayMeanSubsets(message) : mayMeanPatches(message));
    const last = [...(this.#last.get(`${namespace} ${type}`)?.objects ?? [])];
    const found = last
      .filter(([key, { summary }]) => this.#wanted.get(key)?.summary.digest === summary.digest)
      .filter(isMeant);
    if (found.length > 0 || !isNamed(message)) return found;
    return [...this.#wanted].filter(
      ([key, { ref, summary }]) =>
        (ref.kind === "EnvoyFilter" || key === subsetsKey(namespace)) &&
        ref.metadata.namespace === namespace &&
        summary.types.includes(type) &&
        isMeant([key, { ref, summary }]),
    );
  }

  /** A later push is refused with the same words, although our object is long gone: it was somebody else's fault. */
  #acquit(seen: ReadonlyMap<string, string>, now: number): void {
    for (const [key, { refusals, goneAt }] of this.#rolledBack) {
      if (goneAt === undefined || now - goneAt < trial) continue;
      const still = [...refusals].filter(([text, nonce]) => seen.has(text) && seen.get(text) !== nonce);
      if (still.length === 0) continue;
      this.#rolledBack.delete(key);
      for (const text of refusals.keys()) if (seen.has(text)) this.#excused.add(text);
    }
  }

  /** After a look at the same objects: forgets what changed since, or is to be tried again. `stored`: by namespace, then key. */
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

  /** Without what was taken back. */
  remaining(objects: Objects): Objects {
    if (this.#rolledBack.size === 0) return objects;
    return new Map([...objects].filter(([key]) => !this.#rolledBack.has(key)));
  }

  /** Namespaces whose proxies refuse what may be clusters of subsets, as long as what is to blame is away. */
  refusingSubsets(): ReadonlySet<string> {
    const found = [...this.#rolledBack].filter(([key, { namespace }]) => key === subsetsKey(namespace));
    return new Set(found.map(([, { namespace }]) => namespace));
  }

  /** Namespace → why something of ours is not there. */
  reasons(): ReadonlyMap<string, string> {
    return new Map([...this.#rolledBack.values()].map(({ namespace, why }) => [namespace, why]));
  }
}
