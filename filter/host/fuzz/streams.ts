// The streams of one VM. They stay open and end in any order, because a request queue counts them, and they ask for their turn as Envoy's
// filter ext_authz does.
import assert from "node:assert/strict";
import { queueRootId, queueTicket } from "../../config/queue.ts";
import type { FilterVm } from "../filter-vm.ts";
import type { Header } from "../headers.ts";
import type { Random } from "./random.ts";

const mostOpen = 200;
const place = new Map([["plugin_root_id", queueRootId]]);

export interface StreamCounts {
  /** Requests that had to wait for their turn. */
  waited: number;
  /** Requests that a full queue refused. */
  turnedAway: number;
}

export class Streams {
  readonly #vm: FilterVm;
  readonly #random: Random;
  readonly #counts: StreamCounts;
  readonly #open: number[] = [];

  constructor(vm: FilterVm, random: Random, counts: StreamCounts) {
    this.#vm = vm;
    this.#random = random;
    this.#counts = counts;
  }

  /** Sends a request, after some others may have ended. @returns its headers as the application gets them */
  send(headers: readonly Header[], attributes: ReadonlyMap<string, string>): readonly Header[] {
    while (this.#open.length > this.#random.below(mostOpen)) this.#end();
    const stream = this.#vm.begin(headers, attributes);
    this.#open.push(stream.context);
    if (stream.isPaused) this.#checkRefused(stream.context);
    else if (stream.headers.some(([name]) => name === queueTicket)) this.#ask(stream.headers);
    return stream.headers.filter(([name]) => name !== queueTicket);
  }

  /** What holds a request back for good is that it was answered. */
  #checkRefused(context: number): void {
    const answer = this.#vm.takeDecisions().find((decision) => decision.context === context);
    assert.equal(answer?.status, 429, "a request is held back that the filter did not answer");
    this.#counts.turnedAway += 1;
  }

  #ask(headers: readonly Header[]): void {
    const { context, isPaused } = this.#vm.begin(headers, place);
    this.#open.push(context);
    if (isPaused) this.#counts.waited += 1;
  }

  #end(): void {
    const at = this.#random.below(this.#open.length);
    this.#vm.end(this.#open[at]!);
    this.#open[at] = this.#open.at(-1)!;
    this.#open.pop();
  }
}
