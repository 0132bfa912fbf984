// Whatever Envoy does for a request besides choosing a cluster, it also does for one that takes a shared route: each request is sent with
// and without the filter, and gets the same response after the same number of attempts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { lines, stream, talk, webSocket } from "./conversations.ts";
import {
  batch,
  clusterOf,
  type Json,
  LevelProxy,
  listOf,
  plain,
  ports,
  retries,
  retrying,
  userRoute,
} from "./proxy.ts";
import { type Application, type Attempts, startEcho, startGrpc, startHttp1 } from "./upstream.ts";

const skip = missingWasmRuntime();
const at = { original: 18_081, level: 18_082, grpc: 18_083, levelGrpc: 18_084, echo: 18_085 };
const type = (name: string): string => `type.googleapis.com/envoy.extensions.filters.http.${name}`;

/** Actions that a shared route must have, because the user's route has them. */
const actions: Readonly<Record<string, readonly [variant: string, action: Json]>> = {
  retry: [retrying, retries],
  timeout: ["00000000000000cc", { timeout: "0.2s" }],
  hedge: [
    "00000000000000dd",
    {
      timeout: "60s",
      retry_policy: { retry_on: "5xx", num_retries: 1, per_try_timeout: "0.2s" },
      hedge_policy: { hedge_on_per_try_timeout: true },
    },
  ],
  redirect: ["00000000000000ee", { timeout: "0s", internal_redirect_policy: { max_internal_redirects: 2 } }],
  plain: [plain, { timeout: "0s" }],
  grpc: [plain, { timeout: "0s" }],
};

const perFilter = (name: string, config: Json): Json => ({
  typed_per_filter_config: {
    [`envoy.filters.http.${name}`]: { "@type": type(config["@type"] as string), ...without(config) },
  },
});
const without = ({ "@type": _, ...rest }: Json): Json => rest;
const all = { numerator: 100 };
const origin = "http://shop.example";
const faults = {
  abort: perFilter("fault", { "@type": "fault.v3.HTTPFault", abort: { http_status: 418, percentage: all } }),
  delay: perFilter("fault", { "@type": "fault.v3.HTTPFault", delay: { fixed_delay: "0.3s", percentage: all } }),
  cors: perFilter("cors", {
    "@type": "cors.v3.CorsPolicy",
    allow_origin_string_match: [{ exact: origin }],
    allow_methods: "GET",
  }),
};

const cluster = clusterOf("reviews");
const routes = [
  {
    ...userRoute("connect", { cluster: "echo", upgrade_configs: [{ upgrade_type: "CONNECT", connect_config: {} }] }),
    match: { connect_matcher: {} },
  },
  ...Object.entries(faults).map(([name, more]) => userRoute(name, { cluster }, more)),
  ...Object.entries(actions).map(([name, [, action]]) =>
    userRoute(name, { ...action, cluster: name === "grpc" ? clusterOf("grpc") : cluster }),
  ),
];
const listed: Record<string, string[]> = { [plain]: [...Object.keys(faults), "connect"] };
for (const [name, [variant]] of Object.entries(actions)) listed[variant] = [...(listed[variant] ?? []), name];

/** Three requests a minute for each value of x-limited. */
const rateLimit = {
  name: "envoy.filters.http.local_ratelimit",
  typed_config: {
    "@type": type("local_ratelimit.v3.LocalRateLimit"),
    stat_prefix: "limit",
    filter_enabled: { default_value: all },
    filter_enforced: { default_value: all },
    token_bucket: { max_tokens: 1_000_000, fill_interval: "60s" },
    descriptors: [
      {
        entries: [{ key: "limited" }],
        token_bucket: { max_tokens: 3, tokens_per_fill: 3, fill_interval: "60s" },
      },
    ],
    rate_limits: [{ actions: [{ request_headers: { header_name: "x-limited", descriptor_key: "limited" } }] }],
  },
};

const attempts: Attempts = new Map();
const applications: Application[] = [];
let proxy: LevelProxy;
before(async () => {
  if (skip !== false) return;
  applications.push(
    ...(await Promise.all([
      startHttp1("original", at.original, attempts),
      startHttp1("level", at.level, attempts),
      startGrpc("original", at.grpc, attempts),
      startGrpc("level", at.levelGrpc, attempts),
      startEcho(at.echo),
    ])),
  );
  proxy = await LevelProxy.start({
    ...{ routes, list: listOf(listed), variants: Object.fromEntries(Object.values(actions)) },
    clusters: [
      { name: cluster, port: at.original },
      { name: clusterOf("reviews", "expedite-batch"), port: at.level },
      { name: clusterOf("grpc"), port: at.grpc, http2: true },
      { name: clusterOf("grpc", "expedite-batch"), port: at.levelGrpc, http2: true },
      { name: "echo", port: at.echo },
    ],
    before: [
      { name: "envoy.filters.http.cors", typed_config: { "@type": type("cors.v3.Cors") } },
      { name: "envoy.filters.http.fault", typed_config: { "@type": type("fault.v3.HTTPFault") } },
    ],
    behind: [rateLimit],
    connectionManager: {
      upgrade_configs: [{ upgrade_type: "websocket" }, { upgrade_type: "CONNECT" }],
      http2_protocol_options: { allow_connect: true },
      internal_address_config: { cidr_ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }] },
    },
  });
});
after(async () => {
  await proxy?.stop();
  await Promise.all(applications.map((application) => application.close()));
});

let last = 0;

/** Sends a request with and without the filter: both responses, and where the attempts of each arrived. */
async function compare<T>(ask: (port: number, headers: Record<string, string>) => Promise<T>) {
  const ways = [ports.outbound, ports.bare].map(async (port) => {
    const id = `${++last}`;
    const answer = await ask(port, { ...batch, "x-test": id });
    return { answer, at: attempts.get(id) ?? [] };
  });
  const [demoted, bare] = (await Promise.all(ways)) as [{ answer: T; at: string[] }, { answer: T; at: string[] }];
  return { demoted, bare };
}

/** Both get the same response after the same attempts, and those of the demoted request arrive at the level's application. */
async function assertSame<T>(
  ask: (port: number, headers: Record<string, string>) => Promise<T>,
  expected: T,
  times: number,
) {
  const { demoted, bare } = await compare(ask);
  assert.deepEqual([demoted.answer, bare.answer], [expected, expected]);
  assert.deepEqual(bare.at, Array(times).fill("original"));
  assert.deepEqual(demoted.at, Array(times).fill("level"));
}

const get =
  (route: string, path: string, more = {}) =>
  async (port: number, headers: Record<string, string>) => {
    const { status, headers: answer } = await send(port, path, { ...headers, [`x-${route}`]: "1", ...more });
    assert.equal(answer["x-saw-header"], undefined, "the header does not reach the application");
    return [status, answer["x-attempt"]];
  };

test("retries", { skip }, async () => {
  await assertSame(get("retry", "/flaky"), [200, "3"], 3);
  await assertSame(get("retry", "/failing"), [503, "3"], 3);
  await assertSame(get("plain", "/flaky"), [503, "1"], 1);
  // Envoy accepts that header only within the mesh.
  const asked = { "x-envoy-retry-on": "5xx", "x-envoy-max-retries": "1", "x-forwarded-for": "10.0.0.1" };
  await assertSame(get("plain", "/flaky", asked), [503, "2"], 2);
});

test("timeouts and hedging", { skip }, async () => {
  await assertSame(get("timeout", "/hanging"), [504, undefined], 1);
  await assertSame(get("hedge", "/slow-once"), [200, "2"], 2);
});

test("internal redirects", { skip }, async () => {
  await assertSame(get("redirect", "/redirecting"), [200, "2"], 2);
  await assertSame(get("plain", "/redirecting"), [302, "1"], 1);
});

test("faults and CORS of the user's route, whose filters come before Expedite's", { skip }, async () => {
  await assertSame(get("abort", "/"), [418, undefined], 0);
  const start = performance.now();
  await assertSame(get("delay", "/"), [200, "1"], 1);
  assert.ok(performance.now() - start > 290);
  const allowed = async (port: number, headers: Record<string, string>) => {
    const { headers: answer } = await send(port, "/", { ...headers, "x-cors": "1", origin });
    return answer["access-control-allow-origin"];
  };
  await assertSame(allowed, origin, 1);
});

test("WebSocket upgrade", { skip }, async () => {
  const upgrade = { host: "a", connection: "upgrade", upgrade: "websocket", "x-plain": "1" };
  const ask = (port: number, headers: Record<string, string>) =>
    talk(
      port,
      [lines("GET /chat HTTP/1.1", { ...headers, ...upgrade }), "\r\n\r\n"],
      ["ping", "ping"],
      ["pong", "pong"],
    );
  await assertSame(ask, "HTTP/1.1 101 Switching Protocols pingpong", 1);
});

test("WebSocket over HTTP/2, towards an application that speaks HTTP/1.1", { skip }, async () => {
  await assertSame(webSocket, [200, "ping", "pong"], 1);
});

test("a rate limit behind the filter counts a request once, whichever route it takes", { skip }, async () => {
  const limited = (id: string) => async (port: number, headers: Record<string, string>) => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { status } = await send(port, "/", { ...headers, "x-plain": "1", "x-limited": `${id}-${port}` });
      statuses.push(status);
    }
    return statuses;
  };
  await assertSame(limited("a"), [200, 200, 200, 429], 3);
});

test("CONNECT stays on the user's route: a request without a path matches no shared route", { skip }, async () => {
  const ask = (port: number, headers: Record<string, string>) =>
    talk(port, [lines("CONNECT a:80 HTTP/1.1", { ...headers, host: "a:80" }), "\r\n\r\n"], ["ping", "ping"]);
  const { demoted, bare } = await compare(ask);
  assert.deepEqual([demoted.answer, bare.answer], Array(2).fill("HTTP/1.1 200 OK ping"));
});

test("gRPC: messages in both directions on one stream, then trailers", { skip }, async () => {
  await assertSame(stream, [200, "one", "two", "three", "0"], 1);
});
