// An application in virtual time. A pool takes requests in the order in which they come, as many at once as it has workers; shared processors
// work on all of them at once, each as fast as the others. All times are in seconds.

import { Line } from "./line.ts";

export interface Application {
  /** How many requests it works on at once without any of them taking longer. */
  knee: number;
  /** How many times longer than nominal the work takes. */
  slowdown: number;
  /** Nothing is worked on for so many seconds, because other programs have the processors. */
  stall(now: number, seconds: number): void;
  /** A request comes that takes `work` seconds if nobody else is there. */
  begin(id: number, work: number, now: number): void;
  /** When the next request ends; Infinity if there is none. */
  next(): number;
  /** Ends that request. @returns its id */
  end(now: number): number;
}

type Job = { readonly id: number; readonly work: number };

export class Pool implements Application {
  slowdown = 1;
  #knee: number;
  readonly #line = new Line<Job>();
  /** By when they end. */
  readonly #running: { readonly id: number; ends: number }[] = [];
  #now = 0;
  #stalledUntil = 0;
  constructor(knee: number) {
    this.#knee = knee;
  }
  get knee(): number {
    return this.#knee;
  }
  /** Workers that are gone finish what they have. */
  set knee(knee: number) {
    this.#knee = knee;
    this.#fill();
  }
  stall(now: number, seconds: number): void {
    const until = now + seconds;
    const more = until - Math.max(now, this.#stalledUntil);
    if (more <= 0) return;
    for (const running of this.#running) running.ends += more;
    this.#stalledUntil = until;
  }
  begin(id: number, work: number, now: number): void {
    this.#now = now;
    this.#line.push({ id, work });
    this.#fill();
  }
  #fill(): void {
    while (this.#running.length < this.#knee && this.#line.length > 0) {
      const { id, work } = this.#line.take();
      const ends = Math.max(this.#now, this.#stalledUntil) + work * this.slowdown;
      const at = this.#running.findIndex((other) => other.ends > ends);
      this.#running.splice(at < 0 ? this.#running.length : at, 0, { id, ends });
    }
  }
  next(): number {
    return this.#running[0]?.ends ?? Number.POSITIVE_INFINITY;
  }
  end(now: number): number {
    this.#now = now;
    const { id } = this.#running.shift()!;
    this.#fill();
    return id;
  }
}

export class SharedProcessors implements Application {
  knee: number;
  slowdown = 1;
  /** Seconds of work that are left of each request. */
  readonly #left = new Map<number, number>();
  #now = 0;
  #stalledUntil = 0;
  constructor(knee: number) {
    this.knee = knee;
  }
  /** Seconds of work on each request per second. */
  #rate(): number {
    return Math.min(1, this.knee / Math.max(1, this.#left.size)) / this.slowdown;
  }
  #advance(now: number): void {
    const done = Math.max(0, now - Math.max(this.#now, this.#stalledUntil)) * this.#rate();
    for (const [id, left] of this.#left) this.#left.set(id, left - done);
    this.#now = now;
  }
  stall(now: number, seconds: number): void {
    this.#advance(now);
    this.#stalledUntil = Math.max(this.#stalledUntil, now + seconds);
  }
  begin(id: number, work: number, now: number): void {
    this.#advance(now);
    this.#left.set(id, work);
  }
  next(): number {
    if (this.#left.size === 0) return Number.POSITIVE_INFINITY;
    const from = Math.max(this.#now, this.#stalledUntil);
    return from + Math.max(0, Math.min(...this.#left.values())) / this.#rate();
  }
  end(now: number): number {
    this.#advance(now);
    const [id] = [...this.#left].reduce((least, other) => (other[1] < least[1] ? other : least));
    this.#left.delete(id);
    return id;
  }
}
