// A queue with a limit of the simulation's own.

import type { Limit } from "../limits/limit.ts";
import { Line } from "../line.ts";
import type { Queue, Request } from "./queue.ts";

/** Of a hundred turns while the higher level waits, so many are the lower one's. */
const lowShare = 5;

type Running = Request & { readonly since: number; readonly inFlight: number };

export class ModelQueue implements Queue {
  readonly #limit: Limit;
  readonly #high = new Line<Request>();
  readonly #low = new Line<Request>();
  readonly #running = new Map<number, Running>();
  #credit = 0;
  constructor(limit: Limit) {
    this.#limit = limit;
  }
  get limit(): number {
    return this.#limit.limit;
  }
  get waiting(): number {
    return this.#high.length + this.#low.length;
  }
  come(request: Request, now: number): readonly number[] {
    (request.level === 0 ? this.#high : this.#low).push(request);
    return this.#fill(now);
  }
  ended(id: number, now: number): readonly number[] {
    const { level, since, inFlight } = this.#running.get(id)!;
    this.#running.delete(id);
    const occupancy = { now, inFlight: this.#running.size + 1, waiting: this.waiting };
    this.#limit.ended({ now, level, took: now - since, inFlight }, occupancy);
    return this.#fill(now);
  }
  tick(now: number): readonly number[] {
    this.#limit.tick({ now, inFlight: this.#running.size, waiting: this.waiting });
    return this.#fill(now);
  }
  #fill(now: number): readonly number[] {
    const through: number[] = [];
    while (this.#running.size < this.limit && this.waiting > 0) {
      const request = this.#next();
      this.#running.set(request.id, { ...request, since: now, inFlight: this.#running.size + 1 });
      through.push(request.id);
    }
    return through;
  }
  #next(): Request {
    if (this.#high.length === 0) return this.#low.take();
    this.#credit = this.#low.length === 0 ? 0 : this.#credit + lowShare;
    if (this.#credit < 100) return this.#high.take();
    this.#credit -= 100;
    return this.#low.take();
  }
}
