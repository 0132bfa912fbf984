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

function clusterOf(pods: readonly ClusterObject[], url: string, closed: () => void): Cluster {
  return {
    name: "test",
    list: async () => [...pods],
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
    const found = await meshConfigOf(clusterOf([istiod, unready, istiod], url, () => closed++));
    const mesh = { ...defaultMeshConfig, trustDomains: ["corp.example"], clusterDomain: "corp.local" };
    assert.deepEqual(found, { mesh, warnings: [] });
    assert.deepEqual([closed, asked], [2, ["/debug/mesh", "/debug/mesh"]]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("without an answer from istiod, Istio's defaults are assumed, with a warning", async () => {
  const none = await meshConfigOf(clusterOf([unready], "http://127.0.0.1:1", () => {}));
  assert.deepEqual(none, {
    mesh: defaultMeshConfig,
    warnings: ["istiod could not be asked (no istiod pod is ready): Istio's default mesh config is assumed"],
  });
  const silent = await meshConfigOf(clusterOf([istiod], "http://127.0.0.1:1", () => {}));
  assert.match(silent.warnings.join(), /^istiod could not be asked \(.+\)/);
});
