// How istiod's answers are read, in the form of istiod 1.31's debug port, from real HTTP servers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { debugPort } from "./debug.ts";
import { sampleOf } from "./filter-metrics.ts";
import { istiodMesh } from "./mesh.ts";
import { versionOf } from "./syncz.ts";

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

const debounce = { after: 100, max: 10_000 };
const meshOf = (...bases: readonly string[]) =>
  istiodMesh(() => bases.map((url) => ({ url, debounce })), debugPort(undefined));

const at = Date.UTC(2026, 10, 25, 22, 12, 16);

test("a nonce shows from which state a push was made", () => {
  // The number runs into the digits of the UUID.
  assert.deepEqual(versionOf(nonce(12)), { at, count: 12 });
  assert.deepEqual(versionOf(nonce(1)), { at, count: 1 });
  assert.equal(versionOf("another form"), undefined);
});

test("pending and refused pushes are reported by type; waypoints are left out; a failing istiod is an error", async (context) => {
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
  const { base, asked } = await istiod(context, () => ({ syncz }));
  const mesh = meshOf(base);
  const exchanges = {
    CDS: { nonce: nonce(8), isAcknowledged: false, version: { at, count: 8 } },
    LDS: { nonce: nonce(7), isAcknowledged: true, version: { at, count: 7 }, refused: "no such filter" },
  };
  const report = { pod: "web-0", namespace: "shop", istioVersion: "1.31.0", istiod: base, isGateway: false, exchanges };
  assert.deepEqual(await mesh.proxies(), [report]);
  assert.deepEqual(await mesh.proxies("jobs"), [], "an istiod that answers for all namespaces");
  assert.deepEqual(asked, ["/debug/syncz", "/debug/syncz?namespace=jobs"], "nothing that generates configuration");
  syncz = 403;
  await assert.rejects(mesh.proxies(), /answered 403/);
  await assert.rejects(meshOf().proxies(), /no istiod pod is ready/);
});

test("if two istiods report a proxy, the one whose pushes are all acknowledged counts, otherwise the one that sent last", async (context) => {
  const serve = (sentTime: string, sent: number, acked = sent) =>
    istiod(context, () => ({
      syncz: [{ proxy: "web-0.shop", resources: { [CDS]: { sent: nonce(sent), acked: nonce(acked), sentTime } } }],
    }));
  const left = await serve("2026-11-25T22:00:00.5Z", 30);
  const joined = await serve("2026-11-25T22:00:01Z", 4);
  const dead = await serve("2026-11-25T22:00:02Z", 31, 30);
  for (const bases of [
    [left, joined, dead],
    [dead, joined, left],
  ]) {
    const [report, ...others] = await meshOf(...bases.map(({ base }) => base)).proxies();
    assert.deepEqual([report?.istiod, others], [joined.base, []]);
  }
});

test("a proxy's metrics show the filter by configuration; an unreachable proxy is unknown", async () => {
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
  assert.equal(await meshOf().filter("127.0.0.1"), undefined);
});

test("of several istiods, the longest debounce counts, and the last one while none is ready", () => {
  let istiods = [
    { url: "http://a", debounce: { after: 100, max: 20_000 } },
    { url: "http://b", debounce: { after: 500, max: 10_000 } },
  ];
  const mesh = istiodMesh(() => istiods, debugPort(undefined));
  assert.deepEqual(mesh.debounce(), { after: 500, max: 20_000 });
  istiods = [];
  assert.deepEqual(mesh.debounce(), { after: 500, max: 20_000 });
});
