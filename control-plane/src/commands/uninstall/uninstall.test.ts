// The order of an uninstallation, on plain objects: proxies lose filters and routes before the levels' subsets are removed.
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
