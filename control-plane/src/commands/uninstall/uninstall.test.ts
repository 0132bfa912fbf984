// The order of an uninstallation over plain objects: proxies take filters and routes away before the levels' subsets go.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { settle, waitingProxies } from "./settle.ts";
import { findInstalled, uninstallSteps } from "./uninstall.ts";

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

/** What is asked of it, in order. `acked`: the nonce that its only proxy acknowledged, per question. */
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
    remove: async ({ kind, metadata }) => void said.push(`remove ${kind} ${metadata.name}`),
    scale: async ({ metadata }, replicas) => void said.push(`scale ${metadata.name} ${replicas}`),
    forward: () => assert.fail("uninstall asks one question at a time"),
    get: async (_, port, path) => {
      said.push(`get ${port}${path}`);
      const answer = acked[Math.min(question++, acked.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return ends(answer);
    },
  };
}

const noPause = async (): Promise<void> => {};

test("the controller stops first, filters and routes go, proxies acknowledge, then the rest goes", async () => {
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

test("the Lease goes by the name that the Deployment sets", async () => {
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

test("a proxy that never acknowledges is named, after a bounded wait", async () => {
  const cluster = recorder(["6"]);
  assert.equal(await settle(cluster, noPause), "not acknowledged in 10 s: a.shop");
  assert.ok(cluster.said.length < 25);
});

test("an istiod that does not answer costs a fixed wait, and that is said", async () => {
  let waited = 0;
  const pause = async (millis: number): Promise<void> => {
    waited += millis;
  };
  assert.match(await settle(recorder([new Error("away")]), pause), /istiod could not be asked \(away\): waited 5 s/);
  assert.equal(waited, 5000);
});

test("who waits is read from what was sent and acknowledged", async () => {
  assert.deepEqual(await waitingProxies(recorder(["6"])), ["a.shop"]);
  assert.deepEqual(await waitingProxies(recorder(["7"])), []);
});
