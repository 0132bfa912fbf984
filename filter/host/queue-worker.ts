// A worker of a proxy with a request queue: its VM, and what Envoy does around it for the requests that wait.
import { queueRootId, queueTicket } from "../config/queue.ts";
import type { FilterConfig } from "../config/schema.ts";
import type { FilterVm, Stream } from "./filter-vm.ts";
import type { Decision } from "./host-functions.ts";
import { SharedData } from "./shared-data.ts";
import { configOf, type HeaderRecord, headerList, levelHeader, startFilter } from "./sidecar.ts";

const second = 1_000_000_000n;
export const millisecond = 1_000_000n;
const start = 1_700_000_000n * second;

type Queue = NonNullable<FilterConfig["queue"]>;
export const level = { maxWait: 1000, onTimeout: "Forward", share: 500 } as const;
export const queueOf = (changes: Partial<Queue> = {}): Queue => ({
  limit: 2,
  maxQueued: 100,
  levels: [{ ...level, share: 9000 }, level, level],
  ...changes,
});

interface WorkerOptions {
  readonly shared?: SharedData;
  readonly config?: Partial<FilterConfig>;
}

export class Worker {
  time = start;
  /** Requests that wait, by the stream of their place. */
  readonly #places = new Map<number, number>();
  readonly vm: FilterVm;
  readonly #sharedData: SharedData;
  /** `config`: fields beside `queue`. */
  constructor(queue: Queue, { shared = new SharedData(), config = {} }: WorkerOptions = {}) {
    this.#sharedData = shared;
    const options = { sharedData: shared, clock: () => this.time };
    this.vm = startFilter(configOf("inbound", { ...config, queue }), options);
  }
  /** Begins a request and, if it has to wait, lets ext_authz ask for it. `attributes`: Envoy's, of the stream. */
  begin(name = "interactive", headers: HeaderRecord = {}, attributes: Readonly<Record<string, string>> = {}): Stream {
    const list = headerList({ [levelHeader]: name, ...headers });
    const stream = this.vm.begin(list, new Map(Object.entries(attributes)));
    const ticket = stream.headers.filter(([header]) => header === queueTicket);
    if (stream.isPaused || ticket.length === 0) return stream;
    const place = this.vm.begin(ticket, new Map([["plugin_root_id", queueRootId]]));
    if (place.isPaused) this.#places.set(place.context, stream.context);
    return { ...stream, isPaused: place.isPaused };
  }
  /** Ends the stream; @returns the contexts that were let through for it. */
  end({ context }: Stream): readonly number[] {
    this.vm.end(context);
    const decisions = this.decisions();
    for (const [place, request] of this.#places)
      if (request === context) {
        this.#places.delete(place);
        this.vm.end(place);
      }
    return [...decisions, ...this.decisions()].map((decision) => decision.context);
  }
  tick(milliseconds: number) {
    this.time += BigInt(milliseconds) * millisecond;
    this.vm.tick();
    return this.decisions();
  }
  /** By the request whose place was answered. */
  decisions(): readonly Decision[] {
    return this.vm.takeDecisions().map((decision) => {
      const request = this.#places.get(decision.context);
      if (request === undefined) return decision;
      this.#places.delete(decision.context);
      this.vm.end(decision.context);
      return { ...decision, context: request };
    });
  }
  counter(name: string): number {
    const full = `expedite.inbound.queue.${name}`;
    return this.vm.counters.get(full) ?? Number(this.#sharedData.gauges.get(full));
  }
}
