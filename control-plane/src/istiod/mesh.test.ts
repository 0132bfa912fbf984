// What is read of istiod's answers; the dumps have the form of istiod 1.31's /debug/config_dump?types=….
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { configurationOf, istiodMesh } from "./mesh.ts";

const wasm = (name: string, hash?: string) => ({
  "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
  config: { name, vmConfig: { vmId: "expedite", ...(hash === undefined ? {} : { configuration: { value: hash } }) } },
});

test("a filter without a hash does not get another's", () => {
  const dump = JSON.stringify({ configs: [wasm("expedite-inbound"), wasm("expedite-outbound", "0123456789abcdef")] });
  assert.deepEqual(configurationOf(dump).extensions, { "expedite-outbound": "0123456789abcdef" });
});

test("our clusters and routes are told from the user's", () => {
  const dump = JSON.stringify({
    configs: [
      {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        name: "expedite|batch|80|a.b.svc.cluster.local",
      },
      { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name: "outbound|80||a.b.svc.cluster.local" },
      {
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        route: { inlineClusterSpecifierPlugin: {} },
      },
    ],
  });
  assert.deepEqual(configurationOf(dump), {
    extensions: {},
    clusters: ["expedite|batch|80|a.b.svc.cluster.local"],
    routes: 1,
    defaultRoutes: [],
  });
});

test("pushes that are pending or refused are told by type; an istiod that fails is an error", async () => {
  const answer = [
    {
      proxy: "web-0.shop",
      proxy_type: "sidecar",
      istio_version: "1.31.0",
      resources: {
        "type.googleapis.com/envoy.config.cluster.v3.Cluster": { sent: "b", acked: "a" },
        "type.googleapis.com/envoy.config.listener.v3.Listener": { sent: "c", acked: "c", lastError: "no such filter" },
      },
    },
  ];
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const mesh = istiodMesh({ istiods: () => [base] });
    assert.deepEqual(await mesh.proxies(), [
      {
        ...{
          pod: "web-0",
          namespace: "shop",
          istioVersion: "1.31.0",
          isGateway: false,
          hasExtensions: false,
          pending: ["CDS"],
        },
        refused: { type: "LDS", message: "no such filter" },
      },
    ]);
    status = 403;
    await assert.rejects(mesh.proxies(), /answered 403/);
    await assert.rejects(istiodMesh({ istiods: () => [] }).proxies(), /no istiod pod is ready/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
