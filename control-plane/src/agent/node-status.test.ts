// Tests what a PriorityNode says of a reconcile: all is counted, the worst comes first, and the object stays small.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../api/parse.ts";
import { priorityNode } from "../api/priority-node.ts";
import type { LinkState, NodeReport, PodState } from "./node-report.ts";
import { nodeStatus } from "./node-status.ts";

const nothing: NodeReport = { links: [], pods: [], removed: [], problems: [] };
const uplink: LinkState = { link: "uplink", device: "eth0", changed: ["class 7a1:10"] };
const foreign: LinkState = { link: "uplink", reason: "ForeignQdisc", problem: 'device: "eth0" has cake' };
const noRate: LinkState = { link: "db", namespace: "a", pod: "db-0", reason: "RateUnknown", problem: "no rate" };
const batch: PodState = { namespace: "a", pod: "job", level: "batch", changed: [] };
const host: PodState = { namespace: "a", pod: "own", level: "batch", reason: "HostNetwork", problem: "shares" };

test("the worst link comes first and is named, and the counts are of all", () => {
  const status = nodeStatus({ ...nothing, links: [uplink, noRate, foreign], pods: [batch, host] }, { generation: 3 });
  assert.deepEqual(status, {
    ...{ observedGeneration: 3, activeLinks: 1, inactiveLinks: 2, markedPods: 1, inactivePods: 1 },
    ...{ isRemoved: false, worst: "uplink: ForeignQdisc" },
    links: [
      { link: "uplink", state: "Inactive", reason: "ForeignQdisc", message: 'device: "eth0" has cake' },
      { link: "db", namespace: "a", pod: "db-0", state: "Inactive", reason: "RateUnknown", message: "no rate" },
      { link: "uplink", device: "eth0", state: "Active" },
    ],
    pods: [{ namespace: "a", pod: "own", level: "batch", reason: "HostNetwork", message: "shares" }],
    problems: [],
  });
});

test("the same findings in another order, and what was repaired, change nothing", () => {
  const report = { ...nothing, links: [uplink, noRate, foreign], pods: [batch, host] };
  const again = { ...report, links: [foreign, { ...uplink, changed: [] }, noRate], pods: [host, batch] };
  assert.equal(
    JSON.stringify(nodeStatus(again, { generation: 3 })),
    JSON.stringify(nodeStatus(report, { generation: 3 })),
  );
});

test("a pod that starts, or whose answers alone are marked, changes nothing", () => {
  const starting = { namespace: "a", pod: "new", reason: "AddressUnknown", problem: "no address yet" } as const;
  const answers = { namespace: "a", pod: "web", changed: ["nft chain from-pod"] };
  const report = { ...nothing, links: [{ link: "db", ...starting }], pods: [starting, answers] };
  assert.deepEqual(
    { ...nodeStatus(report, { generation: 1 }), isRemoved: true },
    nodeStatus(nothing, { generation: 1 }),
  );
});

test("connections that were accepted unmarked are added up", () => {
  const pods = [batch, { ...batch, pod: "other", connectionsBefore: 2 }, { ...batch, connectionsBefore: 3 }];
  assert.equal(nodeStatus({ ...nothing, pods }, { generation: 1 }).connectionsBefore, 5);
  assert.equal(nodeStatus({ ...nothing, pods: [batch] }, {}).connectionsBefore, undefined);
  for (const [count, shown] of [
    [1, 1],
    [3, 5],
    [10, 10],
    [11, 20],
    [431, 500],
    [501, 1000],
  ] as const) {
    const status = nodeStatus({ ...nothing, pods: [{ ...batch, connectionsBefore: count }] }, {});
    assert.equal(status.connectionsBefore, shown);
  }
});

test("what connections of a yielding level use is told, and why it is not the scavenger", () => {
  const refused = { reason: "NotPermitted", problem: "bpftool: no" } as const;
  const of = (scavenger: NonNullable<NodeReport["scavenger"]>, more: Partial<NodeReport> = {}) =>
    nodeStatus({ ...nothing, ...more, scavenger }, {});
  assert.deepEqual(of({ algorithm: "scavenger", changed: [] }).congestionControl, { name: "scavenger" });
  const why = { reason: "NotPermitted", message: "bpftool: no" };
  assert.deepEqual(of(refused).congestionControl, why);
  const instead = of({ algorithm: "vegas", ...refused });
  assert.deepEqual([instead.congestionControl, instead.worst], [{ name: "vegas", ...why }, "scavenger: NotPermitted"]);
  assert.equal(of(refused, { links: [noRate] }).worst, nodeStatus({ ...nothing, links: [noRate] }, {}).worst);
});

test("a node is free of Expedite only if nothing is wanted, marked or ordered there and nothing failed", () => {
  const off: LinkState = { link: "uplink", reason: "NotEnforced", problem: "the mode is Disabled" };
  const failed = { reason: "Failed", problem: "tc: no" } as const;
  const isRemoved = (report: Partial<NodeReport>): boolean =>
    nodeStatus({ ...nothing, ...report }, { generation: 1 }).isRemoved;
  assert.deepEqual([isRemoved({}), isRemoved({ links: [off] })], [true, true]);
  assert.equal(nodeStatus(nothing, {}).observedGeneration, undefined);
  assert.equal(nodeStatus(nothing, { release: "r1" }).observedRelease, "r1");
  const others: readonly Partial<NodeReport>[] = [
    ...[{ links: [uplink] }, { links: [{ link: "uplink", ...failed }] }],
    ...[{ pods: [batch] }, { pods: [host] }, { problems: [failed] }],
    { scavenger: { algorithm: "scavenger", changed: [] } },
  ];
  for (const report of others) assert.equal(isRemoved(report), false, JSON.stringify(report));
});

test("ten thousand links are counted, and as many are listed as the API server stores without effort", () => {
  const links = Array.from({ length: 10_000 }, (_, at) => ({
    ...noRate,
    pod: `db-${at}`,
    problem: "x".repeat(5_000),
  }));
  const status = nodeStatus({ ...nothing, links }, { generation: 1 });
  assert.deepEqual([status.inactiveLinks, status.links.length], [10_000, 256]);
  assert.ok(JSON.stringify(status).length < 250_000);
  const object = { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityNode", metadata: { name: "n1" }, status };
  assert.deepEqual(parse(priorityNode, object), { value: object });
});
