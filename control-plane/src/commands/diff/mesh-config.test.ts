// What a diff asks istiod, with a real HTTP server behind the forwarded port, and what it reports if nothing answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { defaultMeshConfig } from "../../core/mesh-config.ts";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { meshConfigOf } from "./mesh-config.ts";

const istiod: ClusterObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "istiod", namespace: "istio-system" },
  spec: { containers: [{ name: "discovery", args: ["discovery", "--domain", "corp.local"] }] },
  status: { podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }] },
};
const unready = { ...istiod, status: { podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "False" }] } };

type Site = { readonly pods: readonly ClusterObject[]; readonly controllers?: readonly ClusterObject[] };

function clusterOf({ pods, controllers = [] }: Site, url: string, closed: () => void): Cluster {
  return {
    name: "test",
    list: async ({ kind }, { namespace } = {}) =>
      kind === "Deployment" ? [...controllers] : pods.filter(({ metadata }) => metadata.namespace === namespace),
    forward: async () => ({ url, close: closed }),
    remove: () => assert.fail("a diff removes nothing"),
    annotate: () => assert.fail("a diff annotates nothing"),
    scale: () => assert.fail("a diff scales nothing"),
    get: () => assert.fail("several requests use one port"),
  };
}

test("the mesh config comes from istiod and its pod; a pod that is not ready is not asked, and every forwarded port is closed", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.end(JSON.stringify({ trustDomain: "corp.example", rootNamespace: "istio-system" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    let closed = 0;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pods = [istiod, unready, { ...istiod, metadata: { name: "istiod", namespace: "mesh-b" } }, istiod];
    const found = await meshConfigOf(
      clusterOf({ pods }, url, () => closed++),
      "istio-system",
    );
    const istiodNamespace = "istio-system";
    const mesh = { ...defaultMeshConfig, istiodNamespace, trustDomains: ["corp.example"], clusterDomain: "corp.local" };
    assert.deepEqual(found, { mesh, warnings: [] });
    assert.deepEqual([closed, asked], [2, ["/debug/mesh", "/debug/mesh"]]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("the istiod that the controller asks is asked, if several meshes have one", async () => {
  const container = { name: "controller", env: [{ name: "EXPEDITE_ROOT_NAMESPACE", value: "mesh-b" }] };
  const controller: ClusterObject = {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "expedite", namespace: "mesh-a" } },
    spec: { template: { spec: { containers: [container] } } },
  };
  const server = createServer((_, response) => response.end("{}")).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pods = ["mesh-a", "mesh-b"].map((namespace) => ({ ...istiod, metadata: { name: "istiod", namespace } }));
    for (const [controllers, namespace] of [
      [[controller], "mesh-b"],
      [[], "mesh-a"],
    ] as const) {
      let asked = 0;
      const { mesh } = await meshConfigOf(
        clusterOf({ pods, controllers }, url, () => asked++),
        "mesh-a",
      );
      assert.deepEqual([mesh.istiodNamespace, mesh.rootNamespace, asked], [namespace, namespace, 1]);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("without an answer from istiod, Istio's defaults are assumed, with a warning", async () => {
  const none = await meshConfigOf(
    clusterOf({ pods: [unready] }, "http://127.0.0.1:1", () => {}),
    "istio-system",
  );
  assert.deepEqual(none, {
    mesh: defaultMeshConfig,
    warnings: ["istiod could not be asked (no istiod pod is ready): Istio's default mesh config is assumed"],
  });
  const silent = await meshConfigOf(
    clusterOf({ pods: [istiod] }, "http://127.0.0.1:1", () => {}),
    "istio-system",
  );
  assert.match(silent.warnings.join(), /^istiod could not be asked \(.+\)/);
});
