// Starts the missing writes, and remembers their results. A replica that does not lead writes nothing.
import type { ManifestRef } from "../core/manifest.ts";
import type { ProxyMonitor } from "../proxies/proxy-monitor.ts";
import type { Subject } from "../proxies/pushes.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import type { NamespaceState } from "../reconcile/namespace-state.ts";
import { summaryOf } from "../reconcile/object-summary.ts";
import type { CacheState, Kubernetes, Observer, OwnedObject } from "../reconcile/ports.ts";
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
  readonly cache: MutationCache;
  readonly rollback: Rollback;
  readonly proxies: Pick<ProxyMonitor, "syncStatus" | "changes" | "hysteresis" | "changed">;
};

/** What objects are made from. */
export type Source = { readonly desired: DesiredState; readonly ladder: CacheState["ladder"] };

/** Writes of a namespace that begin at the same time. */
type Batch = { readonly state: NamespaceState; readonly source: Source; readonly began: number };

/** Milliseconds: a write begins with a poll of its proxies that is not older than `fresh`, and waits this long for one. */
const fresh = 1_000;
const longestWait = 300;

/** The subject of the pushes that a write of the object causes. */
function subjectOf(key: string): Subject | undefined {
  if (key.startsWith("EnvoyFilter ")) return "filters";
  return key.startsWith("DestinationRule ") ? "subsets" : undefined;
}

export class Applier {
  readonly #parts: ApplierParts;
  /** Since when a write waits for a poll, by namespace. */
  readonly #waitingSince = new Map<string, number>();

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** Forgets objects and namespaces that are gone. */
  keep(namespaces: ReadonlyMap<string, NamespaceState>): void {
    const { queue, proxies, clock } = this.#parts;
    const keys = new Set(
      [...namespaces.values()].flatMap(({ stored, wanted }) => [...stored.keys(), ...wanted.keys()]),
    );
    queue.keep((key) => keys.has(key));
    proxies.changes.keep((namespace) => namespaces.has(namespace), clock.now());
    for (const namespace of this.#waitingSince.keys())
      if (!namespaces.has(namespace)) this.#waitingSince.delete(namespace);
  }

  /** Starts those that are due, each independently of the others. @returns milliseconds until others are due */
  advance(writes: readonly Write[], state: NamespaceState, source: Source): readonly number[] {
    const { queue, proxies } = this.#parts;
    const waits = writes.flatMap(({ key }) => queue.wait(key) ?? []).filter((wait) => wait > 0);
    const due = writes.filter(({ key }) => queue.wait(key) === 0);
    if (due.length === 0) return waits;
    proxies.changed(state.namespace);
    const wait = this.#untilPolled(state.namespace);
    if (wait > 0) return [...waits, wait];
    // They count as one change, however many objects: the writes share one beginning.
    const began = this.#parts.clock.now();
    for (const write of due) this.#start(write, { state, source, began });
    return waits;
  }

  /** Just before a write its proxies are polled once more, to distinguish pushes made after it from those made before. */
  #untilPolled(namespace: string): number {
    const { clock, proxies } = this.#parts;
    const { problem } = proxies.syncStatus;
    const now = clock.now();
    if (problem !== undefined || now - proxies.syncStatus.polledAt(namespace) <= fresh) {
      this.#waitingSince.delete(namespace);
      return 0;
    }
    const since = this.#waitingSince.get(namespace) ?? now;
    this.#waitingSince.set(namespace, since);
    return since + longestWait - now;
  }

  #start(write: Write, { state, source, began }: Batch): void {
    const { namespace, stored, wanted } = state;
    const { queue, proxies, clock } = this.#parts;
    const { key } = write;
    const [before, after] = [stored.get(key), wanted.get(key)];
    const subject = subjectOf(key);
    const places = subject === "filters" ? [namespace] : subject === "subsets" ? this.#seeing(before, after) : [];
    const isFirst = stored.size === 0;
    const changes = places.map((place) =>
      proxies.changes.begin({ namespace: place, subject: subject!, isFirst, now: began }),
    );
    if (subject !== undefined) proxies.hysteresis.forget(namespace);
    queue.start(key, async () => {
      let isPushed = false;
      try {
        isPushed = await this.#one(write, before, source);
      } finally {
        for (const change of changes) proxies.changes.end(change, isPushed, clock.now());
      }
    });
  }

  /** Namespaces that see, or saw, the subsets of a rule. */
  #seeing(...rules: readonly (OwnedObject | undefined)[]): readonly string[] {
    const known = rules.filter((rule) => rule !== undefined);
    const { syncStatus } = this.#parts.proxies;
    return syncStatus.namespaces().filter((namespace) => known.some((rule) => sees(namespace, rule)));
  }

  /** @returns whether istiod pushes for what is stored now. @throws if the write was refused */
  async #one(write: Write, before: OwnedObject | undefined, source: Source): Promise<boolean> {
    const { isLeader, observer } = this.#parts;
    if (!isLeader()) return false;
    const { key, verb } = write;
    const [kind = "", namespace = "", name = ""] = key.split(/[ /]/);
    try {
      const after =
        write.verb === "apply" ? await this.#apply(key, before, source) : await this.#remove(write.ref, key, before);
      observer.wrote({ verb, kind, namespace, name });
      return before?.summary.spec !== after?.summary.spec;
    } catch (error) {
      observer.wrote({ verb, kind, namespace, name, error: error as Error });
      throw error;
    }
  }

  async #apply(key: string, before: OwnedObject | undefined, { desired, ladder }: Source): Promise<OwnedObject> {
    const { kubernetes, clock, cache, rollback } = this.#parts;
    if (ladder === undefined) throw new Error("there is no PriorityLadder to own it");
    const manifest = desired.manifest(key);
    const summary = summaryOf(manifest);
    // Before the answer, because a proxy may refuse the object sooner than the API server answers.
    rollback.wrote({ ref: manifest, summary }, desired.revision, clock.now());
    const after = await kubernetes.apply(manifest, ladder);
    cache.wrote({ key, asked: summary, before: before?.summary, after }, clock.now());
    return after;
  }

  async #remove(ref: ManifestRef, key: string, before: OwnedObject | undefined): Promise<undefined> {
    const { kubernetes, clock, cache } = this.#parts;
    await kubernetes.remove(ref);
    cache.wrote({ key, asked: undefined, before: before?.summary, after: undefined }, clock.now());
  }
}
