// In: the writes that are missing. Out: they are under way, and what came of them is remembered. Nothing is written by a replica that does not lead.
import type { Changes } from "../proxies/change-tracker.ts";
import type { Confirmed } from "../proxies/programmed-hysteresis.ts";
import type { Scene } from "../proxies/proxy-groups.ts";
import type { Subject } from "../proxies/pushes.ts";
import type { Observation } from "../proxies/sync-status.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { Intent } from "../reconcile/desired-state.ts";
import { contentOf } from "../reconcile/object-summary.ts";
import type { Observer } from "../reconcile/observer.ts";
import type { Kubernetes, OwnedObject, World } from "../reconcile/ports.ts";
import type { Rhythm } from "../reconcile/schedule.ts";
import type { Write } from "./differences.ts";
import type { Stored } from "./mutation-cache.ts";
import type { Withdrawal } from "./rollback.ts";
import { sees } from "./visible-subsets.ts";
import type { Lanes } from "./work-queue.ts";

export type WriteParts = {
  readonly kubernetes: Kubernetes;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly observation: Observation;
  readonly rhythm: Rhythm;
  readonly stored: Stored;
  readonly changes: Changes;
  readonly withdrawal: Withdrawal;
  readonly confirmed: Confirmed;
};

/** What writes are made of. */
export type Source = { readonly intent: Intent; readonly ladder: World["ladder"] };

/** Milliseconds: so new has a look to be that a write begins with; so long it waits for one. */
const fresh = 1_000;
const longestUntilSeen = 300;

/** What proxies are pushed for a write of the object. */
function subjectOf(key: string): Subject | undefined {
  if (key.startsWith("EnvoyFilter ")) return "filters";
  return key.startsWith("DestinationRule ") ? "subsets" : undefined;
}

export class Writes {
  readonly #parts: WriteParts;
  /** Namespace → since when a write waits for a look. */
  readonly #outdated = new Map<string, number>();

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** What is of objects and namespaces that are gone. */
  keep(scenes: ReadonlyMap<string, Scene>): void {
    const { lanes, changes, clock } = this.#parts;
    const keys = new Set([...scenes.values()].flatMap(({ stored, wanted }) => [...stored.keys(), ...wanted.keys()]));
    lanes.keep((key) => keys.has(key));
    changes.keep((namespace) => scenes.has(namespace), clock.now());
    for (const namespace of this.#outdated.keys()) if (!scenes.has(namespace)) this.#outdated.delete(namespace);
  }

  /** Why one of them failed. */
  failure(writes: readonly Write[]): string | undefined {
    return writes.map(({ key }) => this.#parts.lanes.failure(key)).find((why) => why !== undefined);
  }

  /** Begins those that are due, each object's for itself. @returns milliseconds until others are */
  advance(writes: readonly Write[], scene: Scene, source: Source): readonly number[] {
    const { lanes, rhythm } = this.#parts;
    const pauses = writes.flatMap(({ key }) => lanes.pause(key) ?? []).filter((pause) => pause > 0);
    const due = writes.filter(({ key }) => lanes.pause(key) === 0);
    if (due.length === 0) return pauses;
    rhythm.stir(scene.namespace);
    const wait = this.#untilSeen(scene.namespace);
    if (wait > 0) return [...pauses, wait];
    for (const write of due) this.#start(write, scene, source);
    return pauses;
  }

  /** Just before a write its proxies are looked at once more, so that what is pushed after it is told from what was before. */
  #untilSeen(namespace: string): number {
    const { clock, observation } = this.#parts;
    const now = clock.now();
    if (observation.problem !== undefined || now - observation.lookedAt(namespace) <= fresh) {
      this.#outdated.delete(namespace);
      return 0;
    }
    const since = this.#outdated.get(namespace) ?? now;
    this.#outdated.set(namespace, since);
    return since + longestUntilSeen - now;
  }

  #start(write: Write, { namespace, stored, wanted }: Scene, source: Source): void {
    const { lanes, changes, confirmed, clock } = this.#parts;
    const { key } = write;
    const [before, after] = [stored.get(key), wanted.get(key)];
    const subject = subjectOf(key);
    const places = subject === "filters" ? [namespace] : subject === "subsets" ? this.#seeing(before, after) : [];
    const begun = places.map((place) => changes.begin(place, subject!, stored.size === 0, clock.now()));
    if (subject !== undefined) confirmed.forget(namespace);
    lanes.start(key, async () => {
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
    return this.#parts.observation.namespaces().filter((namespace) => known.some((rule) => sees(namespace, rule)));
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
      return before?.content.spec !== after?.content.spec;
    } catch (error) {
      observer.wrote(verb, kind, name, error as Error);
      throw new Error(`${key}: ${(error as Error).message}`);
    }
  }

  async #apply(key: string, before: OwnedObject | undefined, { intent, ladder }: Source): Promise<OwnedObject> {
    const { kubernetes, clock, stored, withdrawal } = this.#parts;
    if (ladder === undefined) throw new Error("there is no PriorityLadder to own it");
    const manifest = intent.manifest(key);
    const content = contentOf(manifest);
    // Before the answer: a proxy may refuse it sooner than we hear that it was stored.
    withdrawal.wrote({ ref: manifest, content }, intent.revision, clock.now());
    const after = await kubernetes.apply(manifest, ladder);
    stored.wrote(key, content, before?.content, after, clock.now());
    return after;
  }

  async #remove(ref: OwnedObject["ref"], key: string, before: OwnedObject | undefined): Promise<undefined> {
    const { kubernetes, clock, stored } = this.#parts;
    await kubernetes.remove(ref);
    stored.wrote(key, undefined, before?.content, undefined, clock.now());
  }
}
