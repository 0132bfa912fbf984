// Random trees of calls through several sidecars with two workers, many at once: requests work for some time, forward some of their ids or
// none, shorten what they ask for, and call one service by several paths. No call inherits a later deadline than its cause had, unless
// another request with the same id may be its cause; and none has a later one than the edge gave its tree.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { timeoutHeader } from "../config/deadlines.ts";
import type { FilterVm } from "./filter-vm.ts";
import { type HeaderRecord, headerList, type Sidecar, startSidecar, valuesOf } from "./sidecar.ts";

interface Call {
  readonly service: number;
  /** Milliseconds that the caller works before it makes this call. */
  readonly after: number;
  readonly forwardsRequestId: boolean;
  readonly forwardsTrace: boolean;
  /** Milliseconds that the application asks for. */
  readonly ask: number | undefined;
  readonly calls: readonly Call[];
}

const services = 3;
const service = fc.nat({ max: services - 1 });
const timeout = fc.option(fc.nat({ max: 500 }), { nil: undefined });

const callOf = fc.memo((depth) =>
  fc.record({
    service,
    after: fc.nat({ max: 60 }),
    forwardsRequestId: fc.boolean(),
    forwardsTrace: fc.boolean(),
    ask: timeout,
    calls: depth <= 1 ? fc.constant<Call[]>([]) : fc.array(callOf(), { maxLength: 3 }),
  }),
) as fc.Memo<Call>;

const trial = fc.record({
  trees: fc.array(fc.record({ timeout, service, call: callOf(4) }), { minLength: 1, maxLength: 5 }),
  order: fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
});

type Ids = { readonly request: string; readonly trace: string | undefined };

/** Milliseconds of the mesh's clock; Infinity: nobody says. */
type Deadline = number;

let last = 0;
const fresh = (): string => (++last).toString(16).padStart(32, "0");

function headersOf({ request, trace }: Ids, left: number | undefined): HeaderRecord {
  return {
    "x-request-id": request,
    ...(trace === undefined ? {} : { traceparent: `00-${trace}-00f067aa0ba902b7-01` }),
    ...(left === undefined ? {} : { [timeoutHeader]: `${left}` }),
  };
}

class Mesh {
  #now = 1_700_000_000_000;
  readonly #choose: () => number;
  readonly #sidecars: readonly Sidecar[];
  /** By service and id, the latest deadline of the requests that came. */
  readonly #known: readonly Map<string, Deadline>[];
  /** Services that received a deadline: until then, a request without one is not stored (docs/adr/0042). */
  readonly #awake = new Set<number>();
  inherited = 0;

  constructor(choose: () => number) {
    const clock = (): bigint => BigInt(this.#now) * 1_000_000n;
    this.#choose = choose;
    this.#known = Array.from({ length: services }, () => new Map());
    this.#sidecars = Array.from({ length: services }, () =>
      startSidecar({ workers: 2, config: { deadlines: "Carry" }, clock }),
    );
  }

  #vm(at: number, role: "inbound" | "outbound"): FilterVm {
    return this.#sidecars[at]!.workers[this.#choose() % 2]![role];
  }

  /** `edge`: the deadline of the whole tree. */
  *serve(at: number, ids: Ids, left: number | undefined, calls: readonly Call[], edge?: Deadline): Generator {
    this.#vm(at, "inbound").request(headerList(headersOf(ids, left)));
    const deadline = left === undefined ? Infinity : this.#now + left;
    const known = this.#known[at]!;
    if (left !== undefined) this.#awake.add(at);
    const isStored = this.#awake.has(at);
    for (const id of [ids.request, ids.trace])
      if (id !== undefined && isStored) known.set(id, Math.max(deadline, known.get(id) ?? deadline));
    for (const call of calls) {
      yield;
      this.#now += call.after;
      yield* this.#call({ from: at, ids, deadline: isStored ? deadline : 0, edge: edge ?? deadline }, call);
    }
  }

  /** `deadline`: 0 if the cause is not stored. */
  *#call(cause: { from: number; ids: Ids; deadline: Deadline; edge: Deadline }, call: Call): Generator {
    const { from, ids, deadline } = cause;
    const sent = {
      request: call.forwardsRequestId ? ids.request : fresh(),
      trace: call.forwardsTrace ? ids.trace : undefined,
    };
    const request = this.#vm(from, "outbound").request(headerList(headersOf(sent, call.ask)));
    const values = valuesOf(request, timeoutHeader);
    assert.ok(values.length <= 1);
    const left = values[0] === undefined ? undefined : Number(values[0]);
    const known = this.#known[from]!;
    const joined = known.get(sent.request) ?? (sent.trace === undefined ? undefined : known.get(sent.trace));
    const model = Math.min(joined === undefined ? Infinity : Math.max(0, joined - this.#now), call.ask ?? Infinity);
    assert.equal(left ?? Infinity, model);
    const isJoined = joined !== undefined;
    if (isJoined) {
      // Another request with the same id may wait longer, and the call may be that one's; in a tree, nobody waits longer than its edge.
      assert.ok(joined >= deadline && joined <= Math.max(cause.edge, this.#now));
      this.inherited++;
    }
    // With one of the cause's ids, the call may come to a service where the cause's own tree waits longer than this call asks.
    const sharesId = call.forwardsRequestId || sent.trace !== undefined;
    const edge = isJoined || sharesId ? cause.edge : left === undefined ? Infinity : this.#now + left;
    yield* this.serve(call.service, sent, left, call.calls, edge);
  }
}

test("deadline trees: no call inherits a later deadline than its cause's, whatever the applications do", () => {
  let inherited = 0;
  fc.assert(
    fc.property(trial, ({ trees, order }) => {
      let turn = 0;
      const choose = (): number => order[turn++ % order.length]!;
      const mesh = new Mesh(choose);
      let running = trees.map(({ timeout: left, service: at, call }) =>
        mesh.serve(at, { request: fresh(), trace: fresh() }, left, [call]),
      );
      while (running.length > 0) {
        const next = running[choose() % running.length]!;
        if (next.next().done === true) running = running.filter((other) => other !== next);
      }
      inherited += mesh.inherited;
    }),
    { numRuns: 150 },
  );
  assert.ok(inherited > 300, `${inherited} calls inherited`);
});
