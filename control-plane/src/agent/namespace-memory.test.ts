// When a pod's namespace is read again, on plain data: at once where something is wanted or went wrong, evenly spread where all is in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inactiveReasons } from "../core/link-state.ts";
import type { DesiredNamespace, NamespaceReport } from "./namespace.ts";
import { namespaceMemory } from "./namespace-memory.ts";

const interval = 60_000;
const wanted: DesiredNamespace = { links: [], pod: { exempt: ["10.0.0.1"], dscps: [8] }, hasSysfs: false };
const nothing: DesiredNamespace = { links: [], hasSysfs: false };
const inOrder: NamespaceReport = { links: [], pod: { changed: [] }, removed: [] };
const id = { name: "cni-1", inode: 4026532001 };

function memoryAt(start = 1_000) {
  let time = start;
  const memory = namespaceMemory({ interval, now: () => time });
  return { ...memory, pass: (intervals: number) => (time += intervals * interval) };
}

/** How many intervals pass until it is read again; Infinity: more than 100. */
function intervalsUntilRead(report: NamespaceReport, desired = wanted): number {
  const memory = memoryAt();
  memory.remember(id, desired, report);
  for (let passed = 0; passed < 100; passed++) {
    if (memory.recall(id, desired) === undefined) return passed;
    memory.pass(1);
  }
  return Number.POSITIVE_INFINITY;
}

for (const [count, intervals] of [
  [22, 1],
  [44, 2],
  [110, 5],
  [200, 5],
] as const)
  test(`${count} namespaces in order are read evenly, each once in ${intervals} intervals`, () => {
    const ids = Array.from({ length: count }, (_, index) => ({ name: `cni-${index}`, inode: 4026532001 + index }));
    const memory = memoryAt();
    for (const one of ids) memory.remember(one, wanted, inOrder);
    const reads = Array.from({ length: 2 * intervals }, () => {
      memory.pass(1);
      const due = ids.filter((one) => memory.recall(one, wanted) === undefined);
      for (const one of due) memory.remember(one, wanted, inOrder);
      return due.map(({ name }) => name);
    });
    const each = count / intervals;
    for (const round of reads) assert.ok(Math.abs(round.length - each) <= 2, `${round.length} in one round`);
    for (const all of [reads.slice(0, intervals), reads.slice(intervals)])
      assert.equal(new Set(all.flat()).size, count);
  });

test("what was changed, or could not be done, is read in the next interval, and what failed at once", () => {
  assert.equal(intervalsUntilRead({ ...inOrder, pod: { changed: ["nft chain of the pod"] } }), 1);
  // Connections from before may live for days, and their answers are marked meanwhile.
  assert.equal(
    intervalsUntilRead({ ...inOrder, pod: { changed: [], connectionsBefore: 3 } }),
    intervalsUntilRead(inOrder),
  );
  assert.equal(intervalsUntilRead({ ...inOrder, removed: ["qdisc htb 7a1: of eth0"] }), 1);
  for (const reason of Object.keys(inactiveReasons) as (keyof typeof inactiveReasons)[]) {
    const isRepeated = reason === "Failed" || reason === "NamespaceGone";
    const inactive = { reason, problem: "why" };
    assert.equal(intervalsUntilRead({ ...inOrder, pod: inactive }), isRepeated ? 0 : 1, reason);
    assert.equal(intervalsUntilRead({ ...inOrder, links: [{ link: "db", state: inactive }] }), isRepeated ? 0 : 1);
    assert.equal(intervalsUntilRead({ ...inOrder, problem: inactive }), isRepeated ? 0 : 1, reason);
  }
});

test("a namespace without anything of Expedite's is not read again while nothing is wanted in it", () => {
  assert.equal(intervalsUntilRead({ links: [], removed: [] }, nothing), Number.POSITIVE_INFINITY);
  assert.equal(
    intervalsUntilRead({ links: [], removed: [], problem: { reason: "Failed", problem: "why" } }, nothing),
    0,
  );
});

test("another desired state, inode or name is read, and so is what was forgotten", () => {
  const memory = memoryAt();
  const report: NamespaceReport = {
    ...{ removed: [], pod: { changed: ["nft chain of the pod"], connectionsBefore: 3 } },
    links: [{ link: "db", state: { device: "eth0", counters: [], changed: ["class 7a1:10"] } }],
  };
  memory.remember(id, wanted, report);
  assert.deepEqual(memory.recall(id, structuredClone(wanted)), {
    ...{ removed: [], pod: { changed: [], connectionsBefore: 3 } },
    links: [{ link: "db", state: { device: "eth0", counters: [], changed: [] } }],
  });
  assert.deepEqual(memory.devices(id), ["eth0"]);
  for (const other of [
    { ...id, inode: 1 },
    { ...id, name: "cni-2" },
  ])
    assert.equal(memory.recall(other, wanted), undefined);
  for (const other of [nothing, { ...wanted, pod: { exempt: ["10.0.0.2"], dscps: [8] } }])
    assert.equal(memory.recall(id, other), undefined);
  memory.retain([id]);
  assert.ok(memory.recall(id, wanted) !== undefined);
  memory.retain([]);
  assert.equal(memory.recall(id, wanted), undefined);
});
