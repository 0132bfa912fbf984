// Writes the conditions of policies and the ladder when they differ from what is stored, and records an event when a condition's status
// changes.
import type { Condition } from "../api/conditions.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import type { Kubernetes, Observer, PolicyObject } from "../reconcile/ports.ts";
import { WorkQueue } from "../writes/work-queue.ts";
import { conditionsOf, type Facts, isSame } from "./conditions.ts";

/** Milliseconds between two writes that differ only in messages, such as counts. */
const messageInterval = 2_000;
/** Milliseconds for which the watch may lag behind a write. */
const longestLag = 10_000;

type Written = { readonly at: number; readonly before: readonly Condition[]; readonly after: readonly Condition[] };

export type StatusParts = {
  readonly kubernetes: Kubernetes;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
  /** Called after each write. */
  readonly wake: () => void;
};

export class StatusUpdater {
  readonly #parts: StatusParts;
  readonly #queue: WorkQueue;
  readonly #written = new Map<string, Written>();

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#queue = new WorkQueue(parts.clock, parts.wake);
  }

  /**
   * `generations`: those that were read. @returns milliseconds until something that differs may be written; undefined if nothing differs
   */
  report(objects: readonly PolicyObject[], generations: DesiredState["generations"], facts: Facts): number | undefined {
    const { clock } = this.#parts;
    const now = clock.now();
    const date = `${clock.date().toISOString().slice(0, 19)}Z`;
    const waits: number[] = [];
    for (const uid of this.#written.keys()) if (!generations.has(uid)) this.#written.delete(uid);
    this.#queue.keep((uid) => generations.has(uid));
    for (const object of objects) {
      // Nothing is known of a generation that has not been translated yet.
      if (generations.get(object.uid) !== object.generation) continue;
      const pause = this.#queue.wait(object.uid);
      if (pause === undefined) continue;
      const stored = this.#stored(object, now);
      const wanted = conditionsOf({ ...object, conditions: stored }, facts, date);
      if (isSame(stored, wanted)) continue;
      const early = isSameButMessages(stored, wanted)
        ? (this.#written.get(object.uid)?.at ?? -messageInterval) + messageInterval - now
        : 0;
      const wait = Math.max(pause, early);
      if (wait > 0) waits.push(wait);
      else this.#queue.start(object.uid, () => this.#write(object, stored, wanted));
    }
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Resolves once no write is in progress. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** The conditions as the watch shows them, or as they were written while the watch lags behind. */
  #stored({ uid, conditions }: PolicyObject, now: number): readonly Condition[] {
    const known = this.#written.get(uid);
    const isBehind = known !== undefined && now - known.at < longestLag && isSame(conditions, known.before);
    return isBehind ? known.after : conditions;
  }

  async #write(object: PolicyObject, stored: readonly Condition[], conditions: readonly Condition[]): Promise<void> {
    const { kubernetes, isLeader, observer, clock } = this.#parts;
    if (!isLeader()) return;
    const report = { verb: "status", ...object.ref } as const;
    try {
      await kubernetes.writeConditions(object, conditions);
    } catch (error) {
      observer.wrote({ ...report, error: error as Error });
      throw error;
    }
    observer.wrote(report);
    this.#written.set(object.uid, { at: clock.now(), before: object.conditions, after: conditions });
    for (const { type, status, reason, message } of conditions)
      if (stored.find((entry) => entry.type === type)?.status !== status)
        kubernetes.record(
          object,
          status === "False" ? "Warning" : "Normal",
          `${type}${status}`,
          `${reason}: ${message}`,
        );
  }
}

function isSameButMessages(a: readonly Condition[], b: readonly Condition[]): boolean {
  const withoutMessages = (conditions: readonly Condition[]): readonly Condition[] =>
    conditions.map((condition) => ({ ...condition, message: "" }));
  return isSame(withoutMessages(a), withoutMessages(b));
}
