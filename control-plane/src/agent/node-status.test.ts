// The status of a PriorityNode: counts, the worst reason, bounds, and nothing new where nothing changed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../api/parse.ts";
import { maxEntries, type PriorityNodeStatus, priorityNode } from "../api/priority-node.ts";
import type { NodeReport } from "./node-report.ts";
import { changeOf, nodeStatus } from "./node-status.ts";

const now = "2026-11-29T07:00:00Z";
const empty: NodeReport = { links: [], pods: [], removed: [], problems: [] };
const ladder = { generation: 7 };

const report: NodeReport = {
  ...empty,
  links: [
    { link: "db", pod: "db-0", namespace: "shop", device: "eth0", changed: ["class 7a1:1"] },
    { link: "db", pod: "db-1", namespace: "shop", reason: "RateUnknown", problem: "rate: is required" },
    { link: "db", pod: "db-2", namespace: "shop", reason: "AddressUnknown", problem: "the pod has no address yet" },
    { link: "uplink", reason: "ForeignQdisc", problem: "up0 has mq" },
  ],
  pods: [
    { pod: "backup", namespace: "ops", level: "batch", changed: [], connectionsBefore: 3 },
    { pod: "db-0", namespace: "shop", changed: [], connectionsBefore: 0 },
    { pod: "proxy", namespace: "ops", level: "batch", reason: "HostNetwork", problem: "its packets are the node's" },
  ],
};

const conditionOf = ({ conditions = [] }: PriorityNodeStatus) => conditions[0]!;

test("counts what is active, lists inactive entries first, and gives the worst reason", () => {
  const { conditions: _, ...status } = nodeStatus({ report, ladder, now });
  assert.deepEqual(status, {
    ladderGeneration: 7,
    activeLinks: 1,
    inactiveLinks: 2,
    markedPods: 1,
    links: [
      { link: "uplink", state: "Inactive", reason: "ForeignQdisc", message: "up0 has mq" },
      {
        link: "db",
        namespace: "shop",
        pod: "db-1",
        state: "Inactive",
        reason: "RateUnknown",
        message: "rate: is required",
      },
      { link: "db", namespace: "shop", pod: "db-0", state: "Active", device: "eth0" },
    ],
    pods: [
      {
        ...{ namespace: "ops", pod: "proxy", level: "batch" },
        ...{ state: "Inactive", reason: "HostNetwork", message: "its packets are the node's" },
      },
      { namespace: "ops", pod: "backup", level: "batch", state: "Active", connectionsBefore: 3 },
    ],
  });
  assert.deepEqual(conditionOf(nodeStatus({ report, ladder, now })), {
    type: "Programmed",
    status: "False",
    lastTransitionTime: now,
    reason: "ForeignQdisc",
    message:
      "uplink: ForeignQdisc: up0 has mq; db of shop/db-1: RateUnknown: rate: is required; ops/proxy: HostNetwork: its packets are the node's",
  });
});

test("Programmed where all is active, NothingWanted where nothing is there, and a failed removal is neither", () => {
  const reasonOf = (given: NodeReport): string => conditionOf(nodeStatus({ report: given, ladder, now })).reason;
  assert.equal(reasonOf({ ...empty, links: report.links.slice(0, 1) }), "Programmed");
  assert.equal(reasonOf({ ...empty, pods: report.pods.slice(0, 1) }), "Programmed");
  assert.equal(reasonOf(empty), "NothingWanted");
  assert.equal(reasonOf({ ...empty, problems: [{ reason: "NotPermitted", problem: "nft: denied" }] }), "NotPermitted");
  const off = { link: "uplink", reason: "NotEnforced", problem: "mode: is Disabled" } as const;
  assert.equal(reasonOf({ ...empty, links: [off] }), "NotEnforced");
});

test("the removal that is followed is named, and no ladder is no generation", () => {
  assert.equal(nodeStatus({ report: empty, ladder: { ...ladder, removal: "a1" }, now }).removal, "a1");
  assert.equal(nodeStatus({ report: empty, now }).ladderGeneration, undefined);
});

test("the scavenger is named, and why it is not Expedite's own", () => {
  const scavenger = { algorithm: "vegas", reason: "NotPermitted", problem: "bpf: EPERM" } as const;
  assert.deepEqual(nodeStatus({ report: { ...empty, scavenger }, ladder, now }).scavenger, {
    ...{ algorithm: "vegas", reason: "NotPermitted", message: "bpf: EPERM" },
  });
});

test("the same report again changes nothing; the time moves with the status of the condition only", () => {
  const before = nodeStatus({ report, ladder, now });
  // Connections are counted when marking begins, and never again.
  const pods = report.pods.map((pod) => ("reason" in pod ? pod : { ...pod, connectionsBefore: undefined })) as never;
  const later = { ladder, before, now: "2026-11-29T08:00:00Z" };
  const again = nodeStatus({ report: { ...report, pods }, ...later });
  assert.equal(changeOf(before, again), "none");
  assert.equal(changeOf(JSON.parse(JSON.stringify(before)) as PriorityNodeStatus, again), "none");
  assert.equal(changeOf(undefined, again), "state");
  const job = { pod: "job", namespace: "ops", level: "batch", changed: [] };
  assert.equal(
    changeOf(before, nodeStatus({ report: { ...report, pods: [...report.pods, job] }, ...later })),
    "counts",
  );
  const better = nodeStatus({ report: { ...report, links: report.links.slice(0, 3) }, ...later });
  assert.equal(changeOf(before, better), "state");
  assert.deepEqual([conditionOf(better).reason, conditionOf(better).lastTransitionTime], ["RateUnknown", now]);
});

const bytesOf = (given: NodeReport): number => {
  const status = nodeStatus({ report: given, ladder, now });
  const object = { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityNode", metadata: { name: "node-1" }, status };
  assert.ok("value" in parse(priorityNode, object));
  return Buffer.byteLength(JSON.stringify(object));
};
const indices = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

test("the largest status stays far below what the API server takes", () => {
  const uplink = { link: "uplink", device: "eth0", changed: [] };
  const podLinks = indices(110).map((index) => ({
    ...{ link: "reviews", namespace: "bookinfo", pod: `reviews-v1-7d95777795-x${index}` },
    ...{ device: "eth0", changed: [] },
  }));
  const place = (index: number) => ({ pod: `${index}`.padEnd(253, "p"), namespace: "n".repeat(63) });
  const inactive = { reason: "NamespaceAmbiguous", problem: "é".repeat(5000) } as const;
  const longest: NodeReport = {
    ...empty,
    links: indices(1000).map((index) => ({
      ...{ link: "l".repeat(63), ...place(index) },
      ...(index < 10 ? { changed: [] } : inactive),
    })),
    pods: indices(1000).map((index) => ({ ...place(index), level: "b".repeat(63), ...inactive })),
  };
  const sizes = {
    "an uplink": bytesOf({ ...empty, links: [uplink] }),
    "an uplink and 110 pods' links": bytesOf({ ...empty, links: [uplink, ...podLinks] }),
    "all at its longest": bytesOf(longest),
  };
  console.log("bytes without metadata:", sizes);
  const { links, linksOmitted, podsOmitted } = nodeStatus({ report: longest, ladder, now });
  assert.deepEqual([linksOmitted, podsOmitted], [1000 - maxEntries, 1000 - maxEntries]);
  assert.ok(links.every(({ state }) => state === "Inactive"));
  assert.ok(sizes["all at its longest"] < 750_000);
});
