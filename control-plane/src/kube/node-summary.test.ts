// Tests what is kept of a PriorityNode: the worst problem with its place, and nothing of one that is not as the kind defines it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeStatus } from "../agent/node-status.ts";
import { nodeSummary } from "./node-summary.ts";

const metadata = { name: "n1", resourceVersion: "1" };
const nothing = { links: [], pods: [], removed: [], problems: [] };

test("the worst of links, pods and what else failed is kept, with its place", () => {
  const links = [{ link: "uplink", reason: "RateUnknown", problem: "rate: is missing" }] as const;
  const pods = [{ namespace: "a", pod: "job", level: "batch", reason: "HostNetwork", problem: "shares" }] as const;
  const kept = (report: object) =>
    nodeSummary({ metadata, status: nodeStatus({ ...nothing, ...report }, { generation: 2 }) }).report;
  assert.equal(kept({ links, pods })?.worst?.text, "a/job: HostNetwork: shares");
  assert.equal(kept({ links })?.worst?.text, "uplink: RateUnknown: rate: is missing");
  const problems = [{ reason: "Failed", problem: "tc: no" }];
  assert.equal(kept({ links, pods, problems })?.worst?.text, "Failed: tc: no");
  const scavenger = { reason: "BtfMissing", problem: "libbpf: none" } as const;
  const why = { reason: "BtfMissing", message: "libbpf: none" };
  assert.deepEqual(kept({ scavenger })?.congestionControl, why);
  const counts = { observedGeneration: 2, activeLinks: 0, inactiveLinks: 0, inactivePods: 0, isRemoved: true };
  assert.deepEqual(kept({}), counts);
});

test("an object without a status, or with another one, is a node that has not reported", () => {
  assert.deepEqual(nodeSummary({ metadata }), { name: "n1" });
  assert.deepEqual(nodeSummary({ metadata, status: { activeLinks: "many" } }), { name: "n1" });
});
