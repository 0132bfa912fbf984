// The order of an uninstallation, on plain objects: proxies lose filters and routes before the levels' subsets are removed.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { releaseNodes } from "./release-nodes.ts";
import { settle, waitingProxies } from "./settle.ts";
import { findInstalled, staysForOthers, uninstallSteps } from "./uninstall.ts";

const written = (kind: string, name: string): ClusterObject => ({
  apiVersion: "networking.istio.io/v1alpha3",
  kind,
  metadata: { name, namespace: "shop", labels: { "app.kubernetes.io/managed-by": "expedite" } },
});
const pod = (name: string): ClusterObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "istio-system" },
});
const deployment: ClusterObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "expedite", namespace: "istio-system", labels: { "app.kubernetes.io/name": "expedite" } },
};
const objects = [
  written("DestinationRule", "levels"),
  written("EnvoyFilter", "filter"),
  written("EnvoyFilter", "routes"),
  deployment,
];

const ends = (acked: string) => [{ proxy: "a.shop", resources: { RDS: { sent: "7", acked } } }];

/** The requests to it, in order. `acked`: the nonce that its only proxy acknowledged, for each request. */
function recorder(acked: readonly (string | Error)[]): Cluster & { readonly said: string[] } {
  const said: string[] = [];
  let question = 0;
  return {
    said,
    name: "test",
    list: async ({ kind }, { labels } = {}) => {
      if (kind === "Pod") return labels === "app=istiod" ? [pod("istiod")] : [];
      return objects.filter((object) => object.kind === kind);
    },
    annotate: async ({ metadata }, annotations) =>
      void said.push(`annotate ${metadata.name} ${JSON.stringify(annotations)}`),
    remove: async ({ kind, metadata }) => void said.push(`remove ${kind} ${metadata.name}`),
    scale: async ({ metadata }, replicas) => void said.push(`scale ${metadata.name} ${replicas}`),
    forward: () => assert.fail("uninstall sends one request at a time"),
    get: async (_, port, path) => {
      said.push(`get ${port}${path}`);
      const answer = acked[Math.min(question++, acked.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return ends(answer);
    },
  };
}

const noPause = async (): Promise<void> => {};

test("the controller stops first, filters and routes are removed, proxies acknowledge, then the rest is removed", async () => {
  const cluster = recorder(["6", "7"]);
  for (const { run } of uninstallSteps(cluster, await findInstalled(cluster, "istio-system"), false)) await run();
  assert.deepEqual(cluster.said, [
    "scale expedite 0",
    "remove EnvoyFilter filter",
    "remove EnvoyFilter routes",
    "get 15014/debug/syncz",
    "get 15014/debug/syncz",
    "remove DestinationRule levels",
    "remove Deployment expedite",
  ]);
});

/** A cluster with a ladder, agents on two nodes, and what they confirm, for each question in order. */
function withAgents(confirmed: readonly (readonly boolean[])[], hasLadder = true): ReturnType<typeof recorder> {
  const cluster = recorder([]);
  const labels = { "app.kubernetes.io/name": "expedite", "app.kubernetes.io/component": "agent" };
  const there = new Map<string, ClusterObject>(
    [
      { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent", namespace: "agents", labels } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "agents", labels } },
      ...(hasLadder
        ? [{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" } }]
        : []),
    ].map((object) => [object.kind, object]),
  );
  let release: string | undefined;
  let question = 0;
  const nodes = (): readonly ClusterObject[] => {
    const now = confirmed[Math.min(question++, confirmed.length - 1)]!;
    return now.map((isRemoved, index) => ({
      apiVersion: "expedite.dev/v1alpha1",
      kind: "PriorityNode",
      metadata: { name: `n${index + 1}` },
      status: {
        ...{ activeLinks: 0, inactiveLinks: 0, markedPods: 0, inactivePods: 0, links: [], pods: [], problems: [] },
        ...{ isRemoved, ...(release === undefined ? {} : { observedRelease: release }) },
      },
    }));
  };
  return {
    ...cluster,
    list: async ({ kind }) => {
      if (kind === "PriorityNode") return nodes();
      const found = there.get(kind);
      return found === undefined ? [] : [found];
    },
    annotate: async (object, annotations) => {
      release = Object.values(annotations)[0] ?? undefined;
      cluster.said.push(`annotate ${object.metadata.name}: ${release === undefined ? "nothing" : "release"}`);
    },
    remove: async (object) => {
      there.delete(object.kind);
      cluster.said.push(`remove ${object.kind} ${object.metadata.name}`);
    },
  };
}

test("the agents go only after every node has confirmed that nothing is left on it", async () => {
  const cluster = withAgents([
    [true, true],
    [false, true],
    [true, true],
  ]);
  assert.equal(await releaseNodes(cluster, noPause), "removed from 2 nodes");
  const found = await findInstalled(cluster, "istio-system");
  for (const { run } of uninstallSteps(cluster, found, false)) await run();
  assert.deepEqual(cluster.said.slice(1), [
    "annotate default: release",
    "remove DaemonSet agent",
    "remove Namespace agents",
    "annotate default: nothing",
    "remove PriorityNode n1",
    "remove PriorityNode n2",
  ]);
});

test("a confirmation from before the request does not count, and a node that never confirms is named with the way out", async () => {
  const stale = { ...withAgents([[true]]), annotate: async () => {} };
  await assert.rejects(
    releaseNodes(stale, noPause),
    /not confirmed after 90 s .*: n1\n.*\n.*kubectl delete prioritynode n1/,
  );
  const failing = withAgents([[true, false]]);
  await assert.rejects(releaseNodes(failing, noPause), /nodes: n2\n/);
  assert.deepEqual(failing.said, ["annotate default: release"]);
});

test("without a ladder, a node that has nothing of Expedite's has confirmed", async () => {
  assert.equal(await releaseNodes(withAgents([[true]], false), noPause), "removed from 1 node");
});

test("the Lease is removed by the name that the Deployment sets", async () => {
  const leaseOf = (name: string): ClusterObject => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "istio-system" },
  });
  const container = { env: [{ name: "EXPEDITE_LEASE_NAME", value: "priorities" }] };
  const named = { ...deployment, spec: { template: { spec: { containers: [container] } } } };
  const all = [named, leaseOf("priorities"), leaseOf("other")];
  const cluster = {
    ...recorder([]),
    list: async ({ kind }: { kind: string }) => all.filter((one) => one.kind === kind),
  };
  const { installation } = await findInstalled(cluster, "istio-system");
  assert.deepEqual(
    installation.map(({ metadata }) => metadata.name),
    ["priorities"],
  );
});

test("beside another installation, only the objects of its own namespace go, and the last one takes everything", async () => {
  const labels = { "app.kubernetes.io/name": "expedite", "app.kubernetes.io/component": "controller" };
  const of = (kind: string, namespace?: string): ClusterObject => ({
    ...{ apiVersion: "v1", kind },
    metadata: { name: `${kind} ${namespace ?? ""}`.trim(), ...(namespace === undefined ? {} : { namespace }), labels },
  });
  const shared = [of("ClusterRole"), of("ClusterRoleBinding"), of("DaemonSet", "agents"), of("PriorityNode")];
  const binding = of("ClusterRoleBinding");
  const second = [
    ...["ServiceAccount", "Service", "Role"].map((kind) => of(kind, "mesh")),
    { ...binding, metadata: { ...binding.metadata, name: "expedite-mesh" } },
  ];
  const first = [of("ServiceAccount", "istio-system"), of("Service", "istio-system")];
  let there = [...objects, ...shared, ...first, ...second];
  const cluster: ReturnType<typeof recorder> = {
    ...recorder(["7"]),
    list: async ({ kind }, { namespace } = {}) =>
      there.filter((one) => one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace)),
  };
  const found = await findInstalled(cluster, "mesh");
  assert.deepEqual(
    uninstallSteps(cluster, found, true).map(({ title }) => title),
    ["Remove the installation: 1 Service, 1 ServiceAccount, 1 ClusterRoleBinding, 1 Role"],
  );
  assert.match(staysForOthers(found)!, /^Another Expedite is in namespace istio-system: .* --namespace istio-system$/);
  for (const { run } of uninstallSteps(cluster, found, true)) await run();
  assert.deepEqual(cluster.said, [
    ...["remove Service Service mesh", "remove ServiceAccount ServiceAccount mesh"],
    ...["remove ClusterRoleBinding expedite-mesh", "remove Role Role mesh"],
  ]);
  there = there.filter((one) => !second.includes(one));
  const last = await findInstalled(cluster, "istio-system");
  assert.equal(staysForOthers(last), undefined);
  assert.deepEqual(
    [last.filters.length, last.rest.length, last.agents.length, last.nodes.length, last.installation.length],
    [2, 1, 1, 1, 4],
  );
});

test("a proxy that never acknowledges is named, after a bounded wait", async () => {
  const cluster = recorder(["6"]);
  assert.equal(await settle(cluster, noPause), "not acknowledged in 10 s: a.shop");
  assert.ok(cluster.said.length < 25);
});

test("if istiod does not answer, there is a fixed wait, which is reported", async () => {
  let waited = 0;
  const pause = async (millis: number): Promise<void> => {
    waited += millis;
  };
  assert.match(await settle(recorder([new Error("away")]), pause), /istiod could not be asked \(away\): waited 5 s/);
  assert.equal(waited, 5000);
});

test("waiting proxies are found by their sent and acknowledged nonces", async () => {
  assert.deepEqual(await waitingProxies(recorder(["6"])), ["a.shop"]);
  assert.deepEqual(await waitingProxies(recorder(["7"])), []);
});
