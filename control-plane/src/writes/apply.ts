// In: the writes that are missing. Out: they are under way, and what came of them is remembered. Nothing is written by a replica that does not lead.
import type { ChangeTracker } from "../proxies/change-tracker.ts";
import type { ProgrammedHysteresis } from "../proxies/programmed-hysteresis.ts";
import type { NamespaceState } from "../proxies/proxy-groups.ts";
import type { Subject } from "../proxies/pushes.ts";
import type { SyncStatus } from "../proxies/sync-status.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import { summaryOf } from "../reconcile/object-summary.ts";
import type { Observer } from "../reconcile/observer.ts";
import type { CacheState, Kubernetes, OwnedObject } from "../reconcile/ports.ts";
import type { Schedule } from "../reconcile/schedule.ts";
import type { Write } from "./differences.ts";
import type { MutationCache } from "./mutation-cache.ts";
import type { Rollback } from "./rollback.ts";
import { sees } from "./visible-subsets.ts";
import type { WorkQueue } from "./work-queue.ts";

export type ApplierParts = {
  readonly kubernetes: Kubernetes;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly queue: WorkQueue;
  readonly syncStatus: SyncStatus;
  readonly schedule: Schedule;
  readonly stored: MutationCache;
  readonly changes: ChangeTracker;
  readonly rollback: Rollback;
  readonly hysteresis: ProgrammedHysteresis;
};

/** What writes are made of. */
export type Source = { readonly desired: DesiredState; readonly ladder: CacheState["ladder"] };

/** Milliseconds: so new has a look to be that a write begins with; so long it waits for one. */
const fresh = 1_000;
const longestUntilSeen = 300;

/** What proxies are pushed for a write of the object. */
function subjectOf(key: string): Subject | undefined {
  if (key.startsWith("EnvoyFilter ")) return "filters";
  return key.startsWith("DestinationRule ") ? "subsets" : undefined;
}

export class Applier {
  readonly #parts: ApplierParts;
  /** Namespace → since when a write waits for a look. */
  readonly #outdated = new Map<string, number>();

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** What is of objects and namespaces that are gone. */
  keep(namespaceStates: ReadonlyMap<string, NamespaceState>): void {
    const { queue, changes, clock } = this.#parts;
    const keys = new Set(
      [...namespaceStates.values()].flatMap(({ stored, wanted }) => [...stored.keys(), ...wanted.keys()]),
    );
    queue.keep((key) => keys.has(key));
    changes.keep((namespace) => namespaceStates.has(namespace), clock.now());
    for (const namespace of this.#outdated.keys())
      if (!namespaceStates.has(namespace)) this.#outdated.delete(namespace);
  }

  /** Why one of them failed. */
  failure(writes: readonly Write[]): string | undefined {
    return writes.map(({ key }) => this.#parts.queue.failure(key)).find((why) => why !== undefined);
  }

  /** Begins those that are due, each object's for itself. @returns milliseconds until others are */
  advance(writes: readonly Write[], namespaceState: NamespaceState, source: Source): readonly number[] {
    const { queue, schedule } = this.#parts;
    const pauses = writes.flatMap(({ key }) => queue.pause(key) ?? []).filter((pause) => pause > 0);
    const due = writes.filter(({ key }) => queue.pause(key) === 0);
    if (due.length === 0) return pauses;
    schedule.stir(namespaceState.namespace);
    const wait = this.#untilSeen(namespaceState.namespace);
    if (wait > 0) return [...pauses, wait];
    for (const write of due) this.#start(write, namespaceState, source);
    return pauses;
  }

  /** Just before a write its proxies are looked at once more, so that what is pushed after it is told from what was before. */
  #untilSeen(namespace: string): number {
    const { clock, syncStatus } = this.#parts;
    const now = clock.now();
    if (syncStatus.problem !== undefined || now - syncStatus.lookedAt(namespace) <= fresh) {
      this.#outdated.delete(namespace);
      return 0;
    }
    const since = this.#outdated.get(namespace) ?? now;
    this.#outdated.set(namespace, since);
    return since + longestUntilSeen - now;
  }

  #start(write: Write, { namespace, stored, wanted }: NamespaceState, source: Source): void {
    const { queue, changes, hysteresis, clock } = this.#parts;
    const { key } = write;
    const [before, after] = [stored.get(key), wanted.get(key)];
    const subject = subjectOf(key);
    const places = subject === "filters" ? [namespace] : subject === "subsets" ? this.#seeing(before, after) : [];
    const begun = places.map((place) => changes.begin(place, subject!, stored.size === 0, clock.now()));
    if (subject !== undefined) hysteresis.forget(namespace);
    queue.start(key, async () => {
      let isPushed = false;
      try {
        isPushed = await this.#one(write, before, source);
      } finally {
        for (const change of begun) changes.end(change, isPushed, clock.now());
      }
    });
  }

  /** Namespaces that see, or saw, the subsets of a rule. */
  #seeing(...rules: readonly (OwnedObject | undefined)[]): readonly string[] {
    const known = rules.filter((rule) => rule !== undefined);
    return this.#parts.syncStatus.namespaces().filter((namespace) => known.some((rule) => sees(namespace, rule)));
  }

  /** @returns whether istiod pushes for what is stored now. @throws when it was refused */
  async #one(write: Write, before: OwnedObject | undefined, source: Source): Promise<boolean> {
    const { isLeader, observer } = this.#parts;
    if (!isLeader()) return false;
    const { key, verb } = write;
    const [kind = "", , name = ""] = key.split(/[ /]/);
    try {
      const after =
        write.verb === "apply" ? await this.#apply(key, before, source) : await this.#remove(write.ref, key, before);
      observer.wrote(verb, kind, name);
      return before?.summary.spec !== after?.summary.spec;
    } catch (error) {
      observer.wrote(verb, kind, name, error as Error);
      throw new Error(`${key}: ${(error as Error).message}`);
    }
  }

  async #apply(key: string, before: OwnedObject | undefined, { desired, ladder }: Source): Promise<OwnedObject> {
    const { kubernetes, clock, stored, rollback } = this.#parts;
    if (ladder === undefined) throw new Error("there is no PriorityLadder to own it");
    const manifest = desired.manifest(key);
    const summary = summaryOf(manifest);
    // Before the answer: a proxy may refuse it sooner than we hear that it was stored.
    rollback.wrote({ ref: manifest, summary }, desired.revision, clock.now());
    const after = await kubernetes.apply(manifest, ladder);
    stored.wrote(key, summary, before?.summary, after, clock.now());
    return after;
  }

  async #remove(ref: OwnedObject["ref"], key: string, before: OwnedObject | undefined): Promise<undefined> {
    const { kubernetes, clock, stored } = this.#parts;
    await kubernetes.remove(ref);
    stored.wrote(key, undefined, before?.summary, undefined, clock.now());
  }
}
