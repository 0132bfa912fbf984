// Turns what is stored into what is wanted: knows what is stored now, what may not be written because proxies refused it, and which writes
// are in progress.
import type { DestinationRule } from "../api/istio.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import type { NamespaceState } from "../reconcile/namespace-state.ts";
import { byNamespace, type Objects } from "../reconcile/owned-objects.ts";
import type { CacheState, OwnedObject } from "../reconcile/ports.ts";
import { Applier, type ApplierParts, type Source } from "./apply.ts";
import type { Write } from "./differences.ts";
import { hideSubsets } from "./hide-subsets.ts";
import { MutationCache } from "./mutation-cache.ts";
import { Rollback } from "./rollback.ts";
import { type Failure, WorkQueue } from "./work-queue.ts";

export type WriterParts = Omit<ApplierParts, "queue" | "cache" | "rollback"> & {
  /** Called after each write. */
  readonly wake: () => void;
};

/** What may be written, without what proxies refused. */
export type Allowed = {
  /** With the levels' subsets hidden from namespaces that refuse them. */
  readonly desired: DesiredState;
  /** By namespace. */
  readonly wanted: ReadonlyMap<string, Objects>;
};

export type AllowedParts = {
  readonly desired: DesiredState;
  /** All objects that are wanted. */
  readonly objects: Objects;
  readonly stored: ReadonlyMap<string, Objects>;
  readonly userRules: readonly DestinationRule[];
  readonly pod: CacheState["pod"];
  readonly now: number;
};

export class Writer {
  readonly #parts: WriterParts;
  readonly #cache = new MutationCache();
  readonly #rollback: Rollback;
  readonly #queue: WorkQueue;
  readonly #applier: Applier;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#rollback = new Rollback(parts.proxies.changes);
    this.#queue = new WorkQueue(parts.clock, parts.wake);
    this.#applier = new Applier({ ...parts, queue: this.#queue, cache: this.#cache, rollback: this.#rollback });
  }

  /** What is stored now, by namespace. `owned`: as the watch shows it. */
  stored(owned: readonly OwnedObject[], now: number): ReadonlyMap<string, Objects> {
    return this.#cache.stored(owned, now);
  }

  /** Whether the stored object under a key is the wanted one. */
  readonly isCurrent: MutationCache["isCurrent"] = (...all) => this.#cache.isCurrent(...all);

  /** Rolls back what proxies refuse. @returns what remains of the wanted objects */
  allowed({ desired, objects, stored, userRules, pod, now }: AllowedParts): Allowed {
    this.#rollback.observe({ syncStatus: this.#parts.proxies.syncStatus, objects, pod, now });
    this.#rollback.review(stored, now);
    const visible = hideSubsets(desired, this.#rollback.refusingSubsets(), userRules);
    return { desired: visible, wanted: byNamespace(this.#rollback.remaining(visible.wanted ?? objects)) };
  }

  /** Why something was rolled back, by namespace. */
  rolledBack(): ReadonlyMap<string, string> {
    return this.#rollback.reasons();
  }

  /** To be called when another object is wanted under a key: earlier failures do not count for it. */
  wanted(key: string): void {
    this.#queue.forget(key);
  }

  /** Why one of the writes failed, preferably a terminal failure; undefined if none failed. */
  failure(writes: readonly Write[]): Failure | undefined {
    const failures = writes.flatMap(({ key }) => {
      const failure = this.#queue.failure(key);
      return failure === undefined ? [] : [{ ...failure, why: `${key}: ${failure.why}` }];
    });
    return failures.find(({ isTerminal }) => isTerminal) ?? failures[0];
  }

  /** Forgets objects and namespaces that are gone. */
  keep(namespaces: ReadonlyMap<string, NamespaceState>): void {
    this.#applier.keep(namespaces);
  }

  /** Starts the writes that are due. @returns milliseconds until others are */
  advance(writes: readonly Write[], state: NamespaceState, source: Source): readonly number[] {
    return this.#applier.advance(writes, state, source);
  }

  /** Resolves once no write is in progress. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }
}
