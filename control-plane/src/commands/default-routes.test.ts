// What a diff asks of istiod, from a real HTTP server behind the forwarded port; and what it says where nobody answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Cluster, ClusterObject } from "../kube/cluster.ts";
import { defaultRoutes } from "./default-routes.ts";

const istiod: ClusterObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "istiod", namespace: "istio-system" },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};
const unready = { ...istiod, status: { conditions: [{ type: "Ready", status: "False" }] } };
const route = { name: "default", route: { cluster: "outbound|80||a.shop.svc.cluster.local", timeout: "3s" } };
const answers: Readonly<Record<string, unknown>> = {
  "/debug/syncz": [
    {
      proxy: "web-1.shop",
      istio_version: "1.31.0",
      resources: { "type.googleapis.com/envoy.config.route.v3.RouteConfiguration": { sent: "1", acked: "1" } },
    },
  ],
  "/debug/connections": { clients: [{ connectionId: "web-1.shop-7", connectedAt: "2026-11-25T22:00:00Z" }] },
  "/debug/config_dump": {
    configs: [{ "@type": "t/envoy.config.route.v3.RouteConfiguration", virtualHosts: [{ routes: [route] }] }],
  },
};

function clusterOf(pods: readonly ClusterObject[], url: string, closed: () => void): Cluster {
  return {
    name: "test",
    list: async () => [...pods],
    forward: async () => ({ url, close: closed }),
    remove: () => assert.fail("a diff removes nothing"),
    scale: () => assert.fail("a diff scales nothing"),
    get: () => assert.fail("several questions go through one port"),
  };
}

test("the default routes as a sidecar has them; an istiod that is not ready is not asked, and every port that was forwarded is closed", async () => {
  const server = createServer((request, response) => {
    response.end(JSON.stringify(answers[request.url!.split("?")[0]!]));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    let closed = 0;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found = await defaultRoutes(clusterOf([istiod, unready, istiod], url, () => closed++));
    assert.deepEqual(found, { routes: [{ timeout: "3s" }], warnings: [] });
    assert.equal(closed, 2);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("without an istiod, or one that does not answer, Istio's own are assumed, and that is said", async () => {
  const none = await defaultRoutes(clusterOf([unready], "http://127.0.0.1:1", () => {}));
  assert.match(
    none.warnings.join(),
    /^istiod could not be asked \(no istiod pod is ready\): .* taken to be Istio's own$/,
  );
  const silent = await defaultRoutes(clusterOf([istiod], "http://127.0.0.1:1", () => {}));
  assert.match(silent.warnings.join(), /^istiod could not be asked \(.+\)/);
  assert.deepEqual([none.routes, silent.routes], [undefined, undefined]);
});
