// The slot table: what it keeps, for how long, and what happens when workers write at the same time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultSlotSets } from "../config/schema.ts";
import { SharedData } from "./shared-data.ts";
import { configOf, levelHeader, levelsOf, type Role, startFilter, startSidecar, type Worker } from "./sidecar.ts";

const second = 1_000_000_000n;

function receive({ inbound }: Worker, id: string, level: string): void {
  inbound.tick();
  levelsOf(inbound, { "x-request-id": id, [levelHeader]: level });
}

function call({ outbound }: Worker, id: string): string | undefined {
  return levelsOf(outbound, { "x-request-id": id })[0];
}

function ambiguous({ outbound }: Worker): number | undefined {
  outbound.tick();
  return outbound.counters.get("expedite.outbound.joins.ambiguous");
}

test("slots: a set comes with its first id, and there are never more than configured", () => {
  const { workers, sharedData } = startSidecar({ workers: 2, config: { slotSets: 64 } });
  assert.equal(call(workers[0]!, "unknown"), undefined);
  assert.equal(sharedData.size, 0);
  receive(workers[0]!, "id 0", "batch");
  assert.equal(sharedData.size, 1);
  for (let i = 0; i < 5000; i++) receive(workers[i % 2]!, `id ${i}`, "batch");
  assert.equal(sharedData.size, 64);
});

test("slots: a configuration neither reads nor writes the table", () => {
  for (const role of ["inbound", "outbound"] as const) {
    const { calls } = startFilter(configOf(role, { slotSets: 64 }), { sharedData: new SharedData() });
    assert.deepEqual(
      calls.filter((call) => call.includes("shared_data")),
      [],
    );
  }
});

test("slots: without slotSets the table has the schema's default size", () => {
  const sharedData = new SharedData();
  const { slotSets: _, ...config } = configOf("inbound");
  const inbound = startFilter(config, { sharedData });
  const outbound = startFilter(configOf("outbound", { slotSets: defaultSlotSets }), { sharedData });
  // An id is found only in the set that it has in a table of the same size.
  for (let i = 0; i < 100; i++) {
    levelsOf(inbound, { "x-request-id": `id ${i}`, [levelHeader]: "batch" });
    assert.deepEqual(levelsOf(outbound, { "x-request-id": `id ${i}` }), ["batch"]);
  }
});

test("slots: a new configuration and a new worker keep what is stored", () => {
  const { workers, sharedData } = startSidecar();
  receive(workers[0]!, "abc", "batch");
  startFilter(configOf("inbound"), { sharedData });
  const outbound = startFilter(configOf("outbound", { writeTo: { tracestate: "xp" } }), { sharedData });
  assert.deepEqual(levelsOf(outbound, { "x-request-id": "abc" }), ["batch"]);
});

test("slots: a full set gives up its oldest id", () => {
  let time = 1_700_000_000n * second;
  const worker = startSidecar({ config: { slotSets: 64 }, clock: () => time }).workers[0]!;
  const ids = Array.from({ length: 64 * 8 * 4 }, (_, index) => `id ${index}`);
  for (const id of ids) {
    time += second;
    receive(worker, id, "batch");
  }
  const found = ids.map((id) => call(worker, id) === "batch");
  assert.equal(found.filter(Boolean).length, 64 * 8, "every slot is in use");
  assert.ok(found.slice(-64).every(Boolean), "the latest are all present");
  assert.ok(!found.slice(0, 64).some(Boolean), "the first ones are all gone");
});

/** So that a call shows whether its cause of the default level was found. */
const marked = { config: { writeDefault: true } };

test("slots: if live requests with one id disagree, the highest level wins, and the join is counted", () => {
  for (const order of [
    ["batch", "interactive"],
    ["interactive", "batch"],
  ] as const) {
    const worker = startSidecar(marked).workers[0]!;
    for (const level of order) receive(worker, "abc", level);
    assert.equal(call(worker, "abc"), "interactive");
    assert.equal(ambiguous(worker), 1);
  }
});

test("slots: requests with one id that agree are not ambiguous", () => {
  const worker = startSidecar(marked).workers[0]!;
  for (let i = 0; i < 3; i++) receive(worker, "abc", "batch");
  assert.equal(call(worker, "abc"), "batch");
  assert.equal(ambiguous(worker), 0);
});

test("slots: after 60 s the id belongs to the later request", () => {
  let time = 1_700_000_000n * second;
  const worker = startSidecar({ ...marked, clock: () => time }).workers[0]!;
  receive(worker, "abc", "interactive");
  time += 60n * second - 1n;
  receive(worker, "abc", "standard");
  assert.equal(call(worker, "abc"), "interactive");
  time += 60n * second;
  receive(worker, "abc", "batch");
  assert.equal(call(worker, "abc"), "batch");
  assert.equal(ambiguous(worker), 1, "only the earlier call counted");
});

test("slots: a wall clock that is set back loses nothing", () => {
  let time = 1_700_000_000n * second;
  const worker = startSidecar({ ...marked, clock: () => time }).workers[0]!;
  receive(worker, "abc", "batch");
  time -= 3600n * second;
  receive(worker, "abc", "interactive");
  assert.equal(call(worker, "abc"), "interactive");
});

test("slots: a level stored under another ladder is not seen", () => {
  const sharedData = new SharedData();
  const inbound = startFilter(configOf("inbound"), { sharedData });
  const outbound = startFilter(configOf("outbound", { levels: ["interactive", "batch"] }), { sharedData });
  levelsOf(inbound, { "x-request-id": "abc", [levelHeader]: "batch" });
  assert.deepEqual(levelsOf(outbound, { "x-request-id": "abc" }), []);
});

/** Shared data in which another worker always wins the race. */
class Contended extends SharedData {
  override set(): boolean {
    return false;
  }
}

test("slots: a race that is lost again and again ends, and costs a join", () => {
  const sharedData = new Contended();
  const inbound = startFilter(configOf("inbound"), { sharedData });
  const outbound = startFilter(configOf("outbound"), { sharedData });
  assert.deepEqual(levelsOf(inbound, { "x-request-id": "abc", [levelHeader]: "batch" }), ["batch"]);
  assert.equal(inbound.calls.filter((call) => call === "proxy_set_shared_data").length, 8);
  assert.deepEqual(levelsOf(outbound, { "x-request-id": "abc" }), []);
});

/** Shared data in which another worker writes the set once between a VM's read and write. */
class Interrupted extends SharedData {
  #pending: (() => void) | undefined;

  interrupt(write: () => void): void {
    this.#pending = write;
  }

  override get(key: string): ReturnType<SharedData["get"]> {
    const entry = super.get(key);
    const write = this.#pending;
    this.#pending = undefined;
    write?.();
    return entry;
  }
}

/** Enough ids that some are in the set of "mine", and few enough that no set is full. */
const others = Array.from({ length: 120 }, (_, index) => `other ${index}`);

for (const [which, earlier] of [
  ["create", []],
  ["write", others],
] as const)
  test(`slots: if two workers ${which} one set at the same time, both keep their ids`, () => {
    const sharedData = new Interrupted();
    const start = (): Worker => {
      const vm = (role: Role) => startFilter(configOf(role, { slotSets: 64 }), { sharedData });
      return { inbound: vm("inbound"), outbound: vm("outbound"), gateway: vm("gateway") };
    };
    const [one, two] = [start(), start()];
    for (const id of earlier) receive(two, id, "batch");
    sharedData.interrupt(() => {
      for (const id of others) receive(two, id, "standard");
    });
    receive(one, "mine", "batch");
    const writes = one.inbound.calls.filter((name) => name === "proxy_set_shared_data");
    assert.equal(writes.length, 2, "the first write came too late");
    assert.equal(call(two, "mine"), "batch");
    for (const id of others) assert.equal(call(one, id), "standard");
  });
