// In: policies and what is known of them. Out: their conditions written and their transitions told, each only when it is another.
import type { Clock } from "../reconcile/clock.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import type { Observer } from "../reconcile/observer.ts";
import type { Condition, Kubernetes, PolicyObject } from "../reconcile/ports.ts";
import { WorkQueue } from "../writes/work-queue.ts";
import { conditionsOf, type Facts, isSame } from "./conditions.ts";

/** Milliseconds between two writes that tell the same with other counts. */
const between = 2_000;
/** Milliseconds for which the watch may be behind our own write. */
const behind = 10_000;

type Written = { readonly at: number; readonly before: readonly Condition[]; readonly after: readonly Condition[] };

export class StatusUpdater {
  readonly #kubernetes: Kubernetes;
  readonly #isLeader: () => boolean;
  readonly #observer: Observer;
  readonly #clock: Clock;
  readonly #queue: WorkQueue;
  readonly #written = new Map<string, Written>();

  constructor(
    { kubernetes, isLeader, observer }: { kubernetes: Kubernetes; isLeader: () => boolean; observer: Observer },
    clock: Clock,
    done: () => void,
  ) {
    this.#kubernetes = kubernetes;
    this.#isLeader = isLeader;
    this.#observer = observer;
    this.#clock = clock;
    this.#queue = new WorkQueue(clock, done);
  }

  /** @returns milliseconds until something is to be written that may not be yet; undefined where nothing is */
  report(objects: readonly PolicyObject[], { generations }: DesiredState, facts: Facts): number | undefined {
    const now = this.#clock.now();
    const date = `${this.#clock.date().toISOString().slice(0, 19)}Z`;
    const waits: number[] = [];
    for (const uid of this.#written.keys()) if (!generations.has(uid)) this.#written.delete(uid);
    this.#queue.keep((uid) => generations.has(uid));
    for (const object of objects) {
      // Not translated yet: nothing can be said of this generation.
      if (generations.get(object.uid) !== object.generation) continue;
      const pause = this.#queue.pause(object.uid);
      if (pause === undefined) continue;
      const there = this.#asWritten(object, now);
      const wanted = conditionsOf({ ...object, conditions: there }, facts, date);
      if (isSame(there, wanted)) continue;
      const early = isSameButMessages(there, wanted)
        ? (this.#written.get(object.uid)?.at ?? -between) + between - now
        : 0;
      const wait = Math.max(pause, early);
      if (wait > 0) waits.push(wait);
      else this.#queue.start(object.uid, () => this.#write(object, there, wanted));
    }
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #asWritten({ uid, conditions }: PolicyObject, now: number): readonly Condition[] {
    const known = this.#written.get(uid);
    return known !== undefined && now - known.at < behind && isSame(conditions, known.before)
      ? known.after
      : conditions;
  }

  async #write(object: PolicyObject, there: readonly Condition[], conditions: readonly Condition[]): Promise<void> {
    if (!this.#isLeader()) return;
    const { kind, name } = object.ref;
    try {
      await this.#kubernetes.writeConditions(object, conditions);
    } catch (error) {
      this.#observer.wrote("status", kind, name, error as Error);
      throw error;
    }
    this.#observer.wrote("status", kind, name);
    this.#written.set(object.uid, { at: this.#clock.now(), before: object.conditions, after: conditions });
    for (const { type, status, reason, message } of conditions)
      if (there.find((entry) => entry.type === type)?.status !== status)
        this.#kubernetes.record(
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
