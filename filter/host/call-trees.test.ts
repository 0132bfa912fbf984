// Random trees of calls through several sidecars with two workers, many at once: applications lower their calls, forward some correlators
// under any of their names, or none, retry, mirror, and call one service by several paths. The level of every request is that of a model of
// three lines, and no call outranks its cause, before and after configurations are reloaded.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  configOf,
  type HeaderRecord,
  levelHeader,
  levels,
  levelsOf,
  type Sidecar,
  startFilter,
  startSidecar,
} from "./sidecar.ts";

const rank = (level: string | undefined): number => levels.indexOf(level as (typeof levels)[number]);

const traceHeaders = ["traceparent", "b3", "x-b3-traceid"] as const;

/** What an application does with a request. */
interface Call {
  readonly service: number;
  /** A second service that receives the same headers, as from a mirror. */
  readonly mirror: number | undefined;
  /** How many times the proxy sends it after it passed the filter once. */
  readonly tries: number;
  readonly forwardsRequestId: boolean;
  readonly forwardsTraceAs: readonly (typeof traceHeaders)[number][];
  readonly ask: string | undefined;
  readonly calls: readonly Call[];
}

const services = 3;
const service = fc.nat({ max: services - 1 });

const callOf = fc.memo((depth) =>
  fc.record({
    service,
    mirror: fc.option(service, { nil: undefined, freq: 4 }),
    tries: fc.integer({ min: 1, max: 2 }),
    forwardsRequestId: fc.boolean(),
    forwardsTraceAs: fc.subarray([...traceHeaders]),
    ask: fc.option(fc.constantFrom(...levels, "bulk", ""), { nil: undefined }),
    calls: depth <= 1 ? fc.constant<Call[]>([]) : fc.array(callOf(), { maxLength: 3 }),
  }),
) as fc.Memo<Call>;

const tree = fc.record({ edge: fc.constantFrom(...levels), service, call: callOf(4) });

/** A request's ids: its own, and that of its trace if it is part of one. */
interface Ids {
  readonly request: string;
  readonly trace: string | undefined;
}

let last = 0;
const freshRequestId = (): string => `request ${++last}`;
const freshTrace = (): string => (++last).toString(16).padStart(32, "0");

function headersOf(ids: Ids, traceAs: readonly string[]): HeaderRecord {
  const { request, trace } = ids;
  const forms: Readonly<Record<string, string>> = {
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    b3: `${trace}-00f067aa0ba902b7-1`,
    "x-b3-traceid": `${trace}`,
  };
  const names = trace === undefined ? [] : traceAs;
  return { "x-request-id": request, ...Object.fromEntries(names.map((name) => [name, forms[name]!])) };
}

/** The mesh, with the model next to each sidecar: the highest level under each id that it received. */
class Mesh {
  readonly #defaultRank: number;
  #sidecars: readonly Sidecar[];
  #known: readonly Map<string, number>[] = [];
  #choose = (): number => 0;
  joined = 0;

  constructor(defaultLevel: (typeof levels)[number]) {
    this.#defaultRank = rank(defaultLevel);
    const start = (): Sidecar => startSidecar({ workers: 2, config: { defaultLevel } });
    this.#sidecars = Array.from({ length: services }, start);
  }

  /** From here on, ids and the choice of workers differ. */
  beginTrial(choose: () => number): void {
    this.#known = Array.from({ length: services }, () => new Map());
    this.#choose = choose;
    for (const { workers } of this.#sidecars) for (const { inbound } of workers) inbound.tick();
  }

  #worker(at: number): Sidecar["workers"][number] {
    return this.#sidecars[at]!.workers[this.#choose() % 2]!;
  }

  /** Each step is one request through one listener; other requests come in between. */
  *serve(
    at: number,
    ids: Ids,
    traceAs: readonly string[],
    level: string | undefined,
    calls: readonly Call[],
  ): Generator {
    const asked = level === undefined ? {} : { [levelHeader]: level };
    levelsOf(this.#worker(at).inbound, { ...headersOf(ids, traceAs), ...asked });
    const given = level === undefined ? this.#defaultRank : rank(level);
    this.#remember(at, ids.request, given);
    if (ids.trace !== undefined) this.#remember(at, ids.trace, given);
    yield;
    for (const call of calls) yield* this.#call(at, ids, given, call);
  }

  #remember(at: number, id: string, given: number): void {
    this.#known[at]!.set(id, Math.min(given, this.#known[at]!.get(id) ?? given));
  }

  *#call(from: number, ids: Ids, cause: number, call: Call): Generator {
    const forwardsTrace = ids.trace !== undefined && call.forwardsTraceAs.length > 0;
    // The proxy creates a request id if the application forwards none.
    const sent: Ids = {
      request: call.forwardsRequestId ? ids.request : freshRequestId(),
      trace: forwardsTrace ? ids.trace : undefined,
    };
    const asked = call.ask === undefined ? {} : { [levelHeader]: call.ask };
    const found = levelsOf(this.#worker(from).outbound, { ...headersOf(sent, call.forwardsTraceAs), ...asked });
    const level = this.#check(from, sent, cause, call.ask, found);
    yield;
    const tried = Array.from({ length: call.tries }, () => call.service);
    const to = call.mirror === undefined ? tried : [...tried, call.mirror];
    for (const at of to) yield* this.serve(at, sent, call.forwardsTraceAs, level, call.calls);
  }

  /** Checks the level of the call; returns undefined if it has none. */
  #check(
    from: number,
    sent: Ids,
    cause: number,
    ask: string | undefined,
    found: readonly string[],
  ): string | undefined {
    const known = this.#known[from]!;
    const inherited = known.get(sent.request) ?? (sent.trace === undefined ? undefined : known.get(sent.trace));
    const highest = inherited ?? this.#defaultRank;
    const isGranted = ask !== undefined && rank(ask) >= highest;
    const expected = isGranted ? ask : inherited === undefined && rank(ask) < 0 ? undefined : levels[highest];
    assert.deepEqual(found, expected === undefined ? [] : [expected], `inherited ${inherited}, asked for ${ask}`);
    if (inherited !== undefined) {
      this.joined++;
      // The highest request with the same id is this call's cause, or a request beside it in the same tree.
      assert.ok(inherited <= cause && (isGranted || rank(expected) === inherited));
    }
    return expected;
  }

  /** As in Envoy: new VMs over the same shared data, while requests are in flight. */
  reload(): void {
    const defaultLevel = levels[this.#defaultRank]!;
    this.#sidecars = this.#sidecars.map(({ workers, sharedData }) => {
      const inbound = () => startFilter(configOf("inbound", { defaultLevel }), { sharedData });
      const outbound = () => startFilter(configOf("outbound", { defaultLevel }), { sharedData });
      return {
        workers: workers.map((worker) => ({ ...worker, inbound: inbound(), outbound: outbound() })),
        sharedData,
      };
    });
  }
}

const meshes = [new Mesh("interactive"), new Mesh("standard")];

const trial = fc.record({
  mesh: fc.constantFrom(...meshes),
  trees: fc.array(tree, { minLength: 1, maxLength: 5 }),
  order: fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
  reloadAt: fc.nat({ max: 60 }),
});

test("call trees: every request has the model's level, whatever the applications do and across reloads", () => {
  fc.assert(
    fc.property(trial, ({ mesh, trees, order, reloadAt }) => {
      let turn = 0;
      const choose = (): number => order[turn++ % order.length]!;
      mesh.beginTrial(choose);
      let running = trees.map(({ edge, service: at, call }) =>
        mesh.serve(at, { request: freshRequestId(), trace: freshTrace() }, ["traceparent"], edge, [call]),
      );
      for (let step = 0; running.length > 0; step++) {
        if (step === reloadAt) mesh.reload();
        const next = running[choose() % running.length]!;
        if (next.next().done === true) running = running.filter((other) => other !== next);
      }
    }),
    { numRuns: 500 },
  );
  for (const { joined } of meshes) assert.ok(joined > 1000, `only ${joined} joined`);
});
