// Random trees of calls through several sidecars with two workers, many at once: applications lower their calls, forward some correlators
// under any of their names, or none, retry, mirror, and call one service by several paths. The level of every request is that of a model of
// three lines, and no call outranks its cause, before and after configurations are reloaded. Each trial begins after five quiet minutes: in
// a mesh where the default level is the absence of the header, a proxy stores default levels only from its first demoted request on.
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

const minute = 60_000_000_000n;

interface MeshOptions {
  readonly defaultLevel: (typeof levels)[number];
  readonly writeDefault: boolean;
}

/**
 * The mesh, with the model next to each sidecar: the highest level under each id that it received, and whether it received a level that is
 * not the default one.
 */
class Mesh {
  readonly #config: MeshOptions;
  readonly #defaultRank: number;
  #time = 1_700_000_000_000_000_000n;
  #sidecars: readonly Sidecar[];
  #known: readonly Map<string, number>[] = [];
  #awake = new Set<number>();
  #choose = (): number => 0;
  joined = 0;
  /** Requests of the default level that were not stored. */
  unseen = 0;
  /** Requests of the default level that were stored. */
  seen = 0;

  constructor(config: MeshOptions) {
    this.#config = config;
    this.#defaultRank = rank(config.defaultLevel);
    const start = (): Sidecar => startSidecar({ workers: 2, config, clock: this.#clock });
    this.#sidecars = Array.from({ length: services }, start);
  }

  readonly #clock = (): bigint => this.#time;

  /** From here on, ids and the choice of workers differ, and all proxies are quiet. */
  beginTrial(choose: () => number): void {
    this.#known = Array.from({ length: services }, () => new Map());
    this.#awake.clear();
    this.#choose = choose;
    this.#time += 6n * minute;
    for (const { workers } of this.#sidecars)
      for (const { inbound, outbound } of workers) [inbound, outbound].map((vm) => vm.tick());
  }

  /** The level header with which a gateway sends a request of this level. */
  marked(level: string): string | undefined {
    return level === this.#config.defaultLevel && !this.#config.writeDefault ? undefined : level;
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
    const isStored = this.#isStored(at, given);
    if (isStored) for (const id of [ids.request, ids.trace]) if (id !== undefined) this.#remember(at, id, given);
    yield;
    for (const call of calls) yield* this.#call(at, ids, isStored ? given : undefined, call);
  }

  #isStored(at: number, given: number): boolean {
    if (given !== this.#defaultRank) this.#awake.add(at);
    const isStored = this.#config.writeDefault || this.#awake.has(at);
    if (given === this.#defaultRank) this[isStored ? "seen" : "unseen"] += 1;
    return isStored;
  }

  #remember(at: number, id: string, given: number): void {
    this.#known[at]!.set(id, Math.min(given, this.#known[at]!.get(id) ?? given));
  }

  /** `cause`: undefined if the request was not stored. */
  *#call(from: number, ids: Ids, cause: number | undefined, call: Call): Generator {
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
    cause: number | undefined,
    ask: string | undefined,
    found: readonly string[],
  ): string | undefined {
    const known = this.#known[from]!;
    const inherited = known.get(sent.request) ?? (sent.trace === undefined ? undefined : known.get(sent.trace));
    const highest = inherited ?? this.#defaultRank;
    const isGranted = ask !== undefined && rank(ask) >= highest;
    const level = isGranted ? ask : inherited === undefined && rank(ask) < 0 ? undefined : levels[highest];
    // An application that asks for the default level keeps the header that it wrote.
    const expected = level === undefined || level === ask ? level : this.marked(level);
    assert.deepEqual(found, expected === undefined ? [] : [expected], `inherited ${inherited}, asked for ${ask}`);
    if (inherited !== undefined) {
      this.joined++;
      // The highest request with the same id is this call's cause, or a request beside it in the same tree. Only a cause that came before the
      // proxy's first demoted request is unknown, and has the level of the ones beside it.
      assert.ok(cause === undefined || inherited <= cause);
      assert.ok(isGranted || rank(level) === inherited);
    }
    return expected;
  }

  /** As in Envoy: new VMs over the same shared data, while requests are in flight. */
  reload(): void {
    const options = { clock: this.#clock };
    this.#sidecars = this.#sidecars.map(({ workers, sharedData }) => {
      const inbound = () => startFilter(configOf("inbound", this.#config), { ...options, sharedData });
      const outbound = () => startFilter(configOf("outbound", this.#config), { ...options, sharedData });
      return {
        workers: workers.map((worker) => ({ ...worker, inbound: inbound(), outbound: outbound() })),
        sharedData,
      };
    });
  }
}

const meshes = (["interactive", "standard"] as const).flatMap((defaultLevel) =>
  [false, true].map((writeDefault) => new Mesh({ defaultLevel, writeDefault })),
);

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
        mesh.serve(at, { request: freshRequestId(), trace: freshTrace() }, ["traceparent"], mesh.marked(edge), [call]),
      );
      for (let step = 0; running.length > 0; step++) {
        if (step === reloadAt) mesh.reload();
        const next = running[choose() % running.length]!;
        if (next.next().done === true) running = running.filter((other) => other !== next);
      }
    }),
    { numRuns: 600 },
  );
  for (const { joined, seen } of meshes) assert.ok(joined > 300 && seen > 300, `${joined} joined, ${seen} seen`);
  for (const { unseen } of meshes.filter((_, index) => index % 2 === 0)) assert.ok(unseen > 50, `${unseen} unseen`);
});
