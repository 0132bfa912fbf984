// What is read of istiod's answers, which have the form of istiod 1.31's debug port; from real HTTP servers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { configurationOf } from "./configuration.ts";
import { sampleOf } from "./filter-metrics.ts";
import { istiodMesh } from "./mesh.ts";
import { versionOf } from "./reports.ts";

const wasm = (name: string, hash?: string) => ({
  "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
  config: { name, vmConfig: { vmId: "expedite", ...(hash === undefined ? {} : { configuration: { value: hash } }) } },
});
const cluster = (name: string) => ({ "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name });
const uuid = "0f3c4e1a-9b7d-4c7e-8f00-0123456789ab";
const nonce = (version: number): string => `2026-11-25T22:12:16Z/${version}${uuid}`;
const CDS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const LDS = "type.googleapis.com/envoy.config.listener.v3.Listener";

type Answers = Readonly<Record<string, unknown>>;

/** An istiod that answers by path; a number is a status. */
async function istiod(context: TestContext, answers: () => Answers) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(decodeURIComponent(request.url!));
    const answer = answers()[request.url!.split("?")[0]!.replace("/debug/", "")] ?? 404;
    if (typeof answer === "number") response.writeHead(answer).end();
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const connections = (...ids: readonly (readonly [id: string, at?: string])[]) => ({
  clients: ids.map(([connectionId, connectedAt = "2026-11-25T22:00:00.5Z"]) => ({ connectionId, connectedAt })),
});

test("a filter without a hash does not get another's; our clusters and routes are told from the user's", () => {
  const route = {
    "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    virtualHosts: [
      { routes: [{ action: { cluster: "expedite|batch|80|a" } }, { route: { cluster: "outbound|80||a" } }] },
    ],
  };
  const configs = [
    ...[wasm("expedite-inbound"), wasm("expedite-outbound", "0123456789abcdef")],
    ...[cluster("expedite|batch|80|a"), cluster("outbound|80||a"), route],
  ];
  assert.deepEqual(configurationOf({ configs }), {
    extensions: { "expedite-outbound": "0123456789abcdef" },
    clusters: ["expedite|batch|80|a"],
    names: ["expedite|batch|80|a"],
    hasSharedRoute: false,
  });
});

test("a nonce says from which state a push was made", () => {
  // The number runs into the digits of the UUID.
  assert.equal(versionOf(nonce(12)), 12);
  assert.equal(versionOf(nonce(1)), 1);
  assert.equal(versionOf("another form"), undefined);
});

test("pushes that are pending or refused are told by type; waypoints are left out; an istiod that fails is an error", async (context) => {
  const entry = {
    proxy: "web-0.shop",
    proxy_type: "sidecar",
    istio_version: "1.31.0",
    resources: {
      [CDS]: { sent: nonce(8), acked: nonce(7) },
      [LDS]: { sent: nonce(7), acked: nonce(7), lastError: "no such filter" },
    },
  };
  let syncz: unknown = [entry, { proxy: "waypoint.shop", proxy_type: "waypoint" }];
  const { base } = await istiod(context, () => ({ syncz }));
  const mesh = istiodMesh({ istiods: () => [base] });
  const exchanges = {
    CDS: { nonce: nonce(8), isAcknowledged: false, version: 8 },
    LDS: { nonce: nonce(7), isAcknowledged: true, version: 7, refused: "no such filter" },
  };
  const report = { pod: "web-0", namespace: "shop", istioVersion: "1.31.0", istiod: base, isGateway: false, exchanges };
  assert.deepEqual(await mesh.proxies(), [report]);
  assert.deepEqual(await mesh.proxies("jobs"), [], "an istiod that answers for all namespaces");
  syncz = 403;
  await assert.rejects(mesh.proxies(), /answered 403/);
  await assert.rejects(istiodMesh({ istiods: () => [] }).proxies(), /no istiod pod is ready/);
});

test("two istiods that both report a proxy: its newest connection counts, wherever it is in the list", async (context) => {
  const serve = (at: string, version: number) =>
    istiod(context, () => ({
      syncz: [{ proxy: "web-0.shop", resources: { [CDS]: { sent: nonce(version), acked: nonce(version) } } }],
      connections: connections(["web-0.shop-3", at], ["other-web-0.shop-9", "2026-11-26T00:00:00Z"]),
    }));
  const older = await serve("2026-11-25T22:00:00Z", 30);
  const newer = await serve("2026-11-25T22:00:01Z", 4);
  for (const istiods of [
    [older.base, newer.base],
    [newer.base, older.base],
  ]) {
    const [report, ...others] = await istiodMesh({ istiods: () => istiods }).proxies();
    assert.deepEqual([report?.istiod, others], [newer.base, []]);
  }
});

test("istiod is asked for the very connection of a proxy, and never for one that it could mistake", async (context) => {
  let clients = connections(
    ["big-web-0.shop-11"],
    ["web-0.shop-4", "2026-11-25T22:00:00Z"],
    ["web-0.shop-7", "2026-11-25T22:00:09Z"],
  );
  const { base, asked } = await istiod(context, () => ({ connections: clients, config_dump: { configs: [] } }));
  const report = { pod: "web-0", namespace: "shop", istioVersion: "", istiod: base, isGateway: false, exchanges: {} };
  await istiodMesh({ istiods: () => [base] }).configuration(report);
  assert.equal(asked.at(-1), "/debug/config_dump?types=CDS,RDS,ECDS&proxyID=web-0.shop-7");
  await istiodMesh({ istiods: () => [base] }).defaultRoutes(report);
  assert.equal(asked.at(-1), "/debug/config_dump?types=RDS&proxyID=web-0.shop-7", "no more than is read of it");
  clients = connections(["big-web-0.shop-71"], ["web-0.shop-7"]);
  const mesh = istiodMesh({ istiods: () => [base] });
  await assert.rejects(mesh.configuration(report), /a part of another/);
  await assert.rejects(mesh.configuration({ ...report, pod: "b-0" }), /not connected/);
});

test("a proxy's metrics tell of the filter, by configuration; one that can't be reached is unknown", async () => {
  const text = [
    "# TYPE expedite_inbound_ticks counter",
    "expedite_inbound_ticks{} 90",
    "expedite_inbound_ticks_0123456789abcdef{} 42",
    'envoy_wasmcustom_expedite_outbound_ticks_fedcba9876543210{local="x"} 7',
    "envoy_server_concurrency{} 2",
    "",
  ].join("\n");
  assert.deepEqual(sampleOf(text), {
    workers: 2,
    ticks: {
      "wasmcustom.expedite.inbound.ticks.0123456789abcdef": 42,
      "wasmcustom.expedite.outbound.ticks.fedcba9876543210": 7,
    },
  });
  assert.equal(sampleOf("# nothing\n"), undefined);
  assert.equal(await istiodMesh({ istiods: () => [] }).filter("127.0.0.1"), undefined);
});
