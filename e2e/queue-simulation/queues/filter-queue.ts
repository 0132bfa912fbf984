// The queue of the real filter, whose limit adapts, in virtual time: one VM for each worker of the proxy.

import { level, millisecond, Worker } from "@expedite/filter/host/queue-worker.ts";
import { SharedData } from "@expedite/filter/host/shared-data.ts";
import { bounds } from "../limits/limit.ts";
import type { Queue, Request } from "./queue.ts";

const levels = ["interactive", "batch"] as const;
/** What does not fit into the queue is refused: in an overload, it would grow all the time. */
const kept = { ...level, maxWait: 3_600_000, onTimeout: "Reject" } as const;
const configured = {
  ...{ limit: bounds.max, minLimit: bounds.min, maxQueued: 1024 },
  levels: [{ ...kept, share: 9500 }, kept, kept],
};
/** The shared value of the limit that adapts (filter/assembly/core/queue/adaptive/shared-limit.ts), and where the limit stands in it. */
const shared = { key: "l\x01", limit: 16 } as const;

type Place = { readonly worker: number; readonly context: number };

export class FilterQueue implements Queue {
  readonly #data = new SharedData();
  readonly #workers: readonly Worker[];
  /** Streams by request, and requests by stream, of each worker. */
  readonly #places = new Map<number, Place>();
  readonly #requests: readonly Map<number, number>[];
  readonly #start: bigint;
  #inFlight = 0;
  /** Milliseconds until each worker ticks. */
  readonly #untilTick: number[];

  constructor(workers = 1) {
    this.#workers = Array.from({ length: workers }, () => new Worker(configured, { shared: this.#data }));
    this.#requests = this.#workers.map(() => new Map());
    this.#untilTick = this.#workers.map(() => 0);
    this.#start = this.#workers[0]!.time;
  }
  get limit(): number {
    const value = this.#data.get(shared.key)?.value;
    const limit = value === undefined ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(shared.limit, true);
    return limit === 0 ? bounds.max : limit;
  }
  get waiting(): number {
    return this.#places.size - this.#inFlight;
  }
  come({ id, level: at }: Request, now: number): readonly number[] {
    const index = id % this.#workers.length;
    const worker = this.#at(index, now);
    const stream = worker.begin(levels[at]);
    this.#places.set(id, { worker: index, context: stream.context });
    this.#requests[index]!.set(stream.context, id);
    const through = this.#decided(index, worker.decisions());
    if (stream.isPaused) return through;
    this.#inFlight += 1;
    return [...through, id];
  }
  ended(id: number, now: number): readonly number[] {
    const { worker: index, context } = this.#places.get(id)!;
    const worker = this.#at(index, now);
    this.#forget(id);
    this.#inFlight -= 1;
    return this.#decided(
      index,
      worker.end({ context, isPaused: false, headers: [] }).map((one) => ({ context: one })),
    );
  }
  tick(now: number): readonly number[] {
    return this.#workers.flatMap((_, index) => {
      const worker = this.#at(index, now);
      this.#untilTick[index] = Math.min(this.#untilTick[index]!, worker.vm.tickPeriod) - 10;
      if (this.#untilTick[index]! > 0) return [];
      const decisions = worker.tick(0);
      this.#untilTick[index] = worker.vm.tickPeriod;
      return this.#decided(index, decisions);
    });
  }
  #at(index: number, now: number): Worker {
    const worker = this.#workers[index]!;
    // Two workers never read the clock at the same nanosecond.
    worker.time = this.#start + BigInt(Math.round(now * 1e6)) * (millisecond / 1000n) + BigInt(index);
    return worker;
  }
  #forget(id: number): void {
    const { worker, context } = this.#places.get(id)!;
    this.#places.delete(id);
    this.#requests[worker]!.delete(context);
  }
  /** Those that were let through; what was refused has gone. */
  #decided(index: number, decisions: readonly { readonly context: number; readonly status?: number }[]): number[] {
    return decisions.flatMap(({ context, status }) => {
      const id = this.#requests[index]!.get(context);
      if (id === undefined) return [];
      if (status === undefined) {
        this.#inFlight += 1;
        return [id];
      }
      this.#forget(id);
      this.#workers[index]!.vm.end(context);
      return [];
    });
  }
}
