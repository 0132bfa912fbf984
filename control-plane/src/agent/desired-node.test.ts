// What a node should do, decided from plain data: whose links, whose marks, and what is refused for which reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Pod, pod } from "../api/kubernetes.ts";
import { type PriorityLadder, priorityLadder } from "../api/priority-ladder.ts";
import { desiredNode } from "./desired-node.ts";

function ladder(links: readonly object[], spec: object = {}): PriorityLadder {
  return priorityLadder.parse({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: {
      levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }],
      defaultLevel: "interactive",
      links,
      ...spec,
    },
  });
}

type PodFields = { labels?: object; annotations?: object; spec?: object; status?: object };

function podOf(name: string, { labels = {}, annotations = {}, spec = {}, status = {} }: PodFields = {}): Pod {
  const [namespace, own] = name.split("/");
  return pod.parse({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: own, namespace, labels, annotations },
    spec,
    status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], ...status },
  });
}

const db = { name: "db", scope: "Pod", selector: { app: "db" }, rate: "1Gbit" };
const uplink = { name: "uplink", scope: "Node", nodeSelector: { pool: "general" }, rate: "10Gbit" };
const labels = { pool: "general" };
const selected = { labels: { app: "db" } };

test("pods with the same name in two namespaces have two links", () => {
  const pods = [podOf("a/db-0", selected), podOf("b/db-0", selected)];
  const desired = desiredNode({ labels, ladder: ladder([db]), pods, levelPods: [] });
  assert.deepEqual(
    desired.pods.map(({ pod: name, namespace, addresses, links }) => [
      namespace,
      name,
      addresses,
      links[0]?.program.rate,
    ]),
    [
      ["a", "db-0", ["10.0.0.1", "fd00::1"], 1e9],
      ["b", "db-0", ["10.0.0.1", "fd00::1"], 1e9],
    ],
  );
  assert.deepEqual([desired.uplinks, desired.inactiveLinks, desired.inactivePods], [[], [], []]);
});

test("pods of other nodes count as dedicated replicas, and nothing is done for them", () => {
  const batch = { ...selected.labels, "expedite.dev/level": "batch" };
  const levelPods = [podOf("a/far", { labels: batch, status: { podIP: "10.0.9.9", podIPs: [] } })];
  const desired = desiredNode({ labels, ladder: ladder([db]), pods: [podOf("a/db-0", selected)], levelPods });
  assert.deepEqual(
    desired.pods.map(({ pod: name, mark }) => [name, mark]),
    [["db-0", undefined]],
  );
  assert.deepEqual(desired.pods[0]!.links[0]!.program.levels[1]!.addresses, ["10.0.9.9"]);
});

test("the address of a pod with hostNetwork is its node's, and classifies nothing", () => {
  const far = podOf("a/far", { labels: { "expedite.dev/level": "batch" }, spec: { hostNetwork: true } });
  const desired = desiredNode({ labels, ladder: ladder([uplink]), pods: [], levelPods: [far] });
  assert.deepEqual(
    desired.uplinks.map(({ program }) => program.levels.map(({ addresses }) => addresses)),
    [[[], []]],
  );
});

test("a pod is marked by its label alone, whatever its name or owner", () => {
  const job = podOf("a/backup-x7", { labels: { "expedite.dev/level": "batch" } });
  const idle = podOf("a/idle");
  const both = { pods: [job, idle], levelPods: [job] };
  const marked = desiredNode({ labels, ladder: ladder([]), ...both });
  assert.deepEqual(
    marked.pods.map(({ pod: name, mark, links }) => [name, mark, links]),
    [["backup-x7", { level: "batch", dscp: 8 }, []]],
  );
  // With an uplink to order, the responses of every pod have to be marked.
  const withUplink = desiredNode({ labels, ladder: ladder([uplink]), ...both });
  assert.deepEqual(
    withUplink.uplinks.map(({ link }) => link),
    ["uplink"],
  );
  assert.deepEqual(
    withUplink.pods.map(({ pod: name }) => name),
    ["backup-x7", "idle"],
  );
  assert.deepEqual(desiredNode({ labels: {}, ladder: ladder([uplink]), ...both }).uplinks, []);
});

test("everything that is not done has a reason", () => {
  const pods = [
    podOf("a/host", { labels: { app: "db", "expedite.dev/level": "batch" }, spec: { hostNetwork: true } }),
    podOf("a/odd", { labels: { "expedite.dev/level": "bulk" } }),
    podOf("a/slow", { labels: { app: "slow" } }),
    podOf("a/twice", { labels: { app: "db", also: "db" } }),
    podOf("a/done", { ...selected, status: { phase: "Succeeded" } }),
    podOf("a/out", { labels: { app: "db", "expedite.dev/opt-out": "true", "expedite.dev/level": "batch" } }),
  ];
  const links = [
    db,
    { name: "slow", scope: "Pod", selector: { app: "slow" } },
    { ...db, name: "again", selector: { also: "db" } },
    { name: "no-rate", scope: "Node", nodeSelector: { pool: "general" } },
    { name: "elsewhere", scope: "Node", nodeSelector: { pool: "other" } },
    { ...db, name: "nobody", selector: { app: "none" } },
  ];
  const far = podOf("a/far", { labels: { app: "slow", "expedite.dev/level": "batch" } });
  const desired = desiredNode({ labels, ladder: ladder(links), pods, levelPods: [far] });
  assert.deepEqual(
    desired.inactiveLinks.map(({ link, pod: name, ...state }) => [link, name, "reason" in state && state.reason]),
    [
      ["slow", "slow", "RateUnknown"],
      ["no-rate", undefined, "RateUnknown"],
      ["again", "twice", "DeviceShared"],
      ["db", "host", "HostNetwork"],
    ],
  );
  assert.deepEqual(
    desired.inactivePods.map(({ pod: name, level, ...state }) => [name, level, "reason" in state && state.reason]),
    [
      ["host", "batch", "HostNetwork"],
      ["odd", "bulk", "LevelUnknown"],
    ],
  );
  assert.deepEqual(
    desired.pods.map(({ pod: name, links: own }) => [name, own.map(({ link }) => link)]),
    [["twice", ["db"]]],
  );
});

test("without an enforced ladder, nothing is wanted", () => {
  const pods = [podOf("a/db-0", { labels: { app: "db", "expedite.dev/level": "batch" } })];
  for (const given of [
    undefined,
    ladder([db, uplink], { mode: "Observe" }),
    ladder([db, uplink], { mode: "Disabled" }),
  ]) {
    const desired = desiredNode({ labels, ...(given === undefined ? {} : { ladder: given }), pods, levelPods: pods });
    assert.deepEqual([desired.uplinks, desired.pods, desired.inactivePods], [[], [], []]);
    const reasons = desired.inactiveLinks.map((state) => "reason" in state && state.reason);
    assert.deepEqual(reasons, given === undefined ? [] : ["NotEnforced"]);
  }
});
