// The server on a real socket: its answers to probes, scrapers, and people with and without rights.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { createLog } from "../program/log.ts";
import { live, longestPause, ready } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import { httpServer } from "./server.ts";

const world = {
  sinceReconcile: undefined as number | undefined,
  uptime: 1,
  synced: false,
  other: undefined as string | undefined,
};
const asked: string[] = [];
const lines: string[] = [];
const tokens: Readonly<Record<string, boolean | Error>> = {
  good: true,
  poor: false,
  away: new Error("connect ECONNREFUSED 10.96.0.1:443"),
};
const plan = { mode: "Enforce", levels: [{ name: "batch" }], hosts: [] };

const classes = { classes: [{ level: "batch", dscp: "CS1", codePoint: 8, share: 5 }], links: [] };

function serve(): FastifyInstance {
  const metrics = createMetrics(
    {
      staleness: () => 0,
      isLeader: () => false,
      synced: () => world.synced,
      objects: () => ({}),
      proxies: () => ({ programmed: 0, refused: 0, pending: 0, unsupported: 0 }),
      reflectors: () => ({}),
      queues: () => [],
      failing: () => [],
    },
    "0",
  );
  const health = {
    sinceReconcile: () => world.sinceReconcile,
    uptime: () => world.uptime,
    synced: () => world.synced,
    refusal: () => world.other,
  };
  const views = {
    plan: { read: () => plan, missing: () => "" },
    snapshot: { read: () => undefined, missing: () => "not everything has been listed yet" },
    status: { read: () => ({}), missing: () => "" },
    classes: { read: () => classes, missing: () => "" },
    queues: { read: async () => [], missing: () => "" },
  };
  const authorize = async (token: string, path: string): Promise<boolean> => {
    asked.push(path);
    const answer = tokens[token] ?? false;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return httpServer({
    live: () => live(health),
    ready: () => ready(health),
    registry: metrics.registry,
    debug: { views, authorize },
    logger: createLog("debug", { write: (line: string) => void lines.push(line) }),
  });
}

/** As from another machine: fastify's injection takes the peer's address from here. */
const stranger = { remoteAddress: "10.211.1.7" };
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe("the server", () => {
  const server = serve();
  let url = "";
  before(async () => {
    url = await server.listen({ host: "127.0.0.1", port: 0 });
  });
  after(() => server.close());

  const status = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;

  test("alive from the start, but not after too long without a reconcile", async () => {
    assert.equal(await status("/healthz"), 200);
    Object.assign(world, { uptime: longestPause + 1 });
    assert.equal(await status("/healthz"), 503);
    Object.assign(world, { sinceReconcile: 3 });
    assert.equal(await status("/healthz"), 200);
    Object.assign(world, { sinceReconcile: longestPause + 1 });
    const late = await fetch(`${url}/healthz`);
    assert.equal(late.status, 503);
    assert.match(await late.text(), /last reconcile was 121 s ago; allowed: 120 s/);
  });

  test("ready once everything has been listed", async () => {
    assert.equal(await status("/readyz"), 503);
    world.synced = true;
    assert.equal(await status("/readyz"), 200);
  });

  test("not ready while another installation serves the cluster, with the reason", async () => {
    world.other = "another Expedite serves this cluster";
    const answer = await fetch(`${url}/readyz`);
    assert.deepEqual([answer.status, (await answer.text()).includes(world.other)], [503, true]);
    world.other = undefined;
    assert.equal(await status("/readyz"), 200);
  });

  test("metrics as Prometheus reads them", async () => {
    const answer = await fetch(`${url}/metrics`);
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await answer.text(), /^expedite_synced 1$/m);
  });

  test("the debug API answers requests from the pod's loopback", async () => {
    const answer = await fetch(`${url}/api/v1/plan`);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual(await answer.json(), plan);
  });

  test("data that does not exist yet is 503 with a reason, and an unknown path is 404 with the known ones", async () => {
    const snapshot = await fetch(`${url}/api/v1/snapshot`);
    assert.equal(snapshot.status, 503);
    assert.deepEqual(await snapshot.json(), { error: "not everything has been listed yet" });
    const answer = await fetch(`${url}/api/v2`);
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /\/api\/v1\/status/);
  });

  for (const [who, headers, expected] of [
    ["nobody", {}, 401],
    ["a password", { authorization: "Basic Zm9vOmJhcg==" }, 401],
    ["a token without the right", bearer("poor"), 403],
    ["a token with the right", bearer("good"), 200],
    ["a token while the API server is away", bearer("away"), 503],
    ["a client that claims to be local", { "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1" }, 401],
  ] as const)
    test(`the debug API from elsewhere: ${who} is answered ${expected}`, async () => {
      const answer = await server.inject({ ...stranger, url: "/api/v1/plan", headers });
      assert.equal(answer.statusCode, expected);
    });

  test("the table of classes needs the same rights", async () => {
    assert.deepEqual(await (await fetch(`${url}/api/v1/classes`)).json(), classes);
    const ask = (headers: Record<string, string>) => server.inject({ ...stranger, url: "/api/v1/classes", headers });
    assert.equal((await ask({})).statusCode, 401);
    assert.equal((await ask(bearer("poor"))).statusCode, 403);
    assert.deepEqual((await ask(bearer("good"))).json(), classes);
  });

  test("it asks for a path of its own, which no default role grants", () => {
    assert.deepEqual([...new Set(asked)], ["/expedite/plan", "/expedite/classes"]);
  });

  test("no token and no header is in the log", () => {
    assert.ok(lines.some((line) => line.includes("a token could not be checked")));
    assert.doesNotMatch(lines.join(""), /good|poor|"away"|Bearer|Zm9v/);
  });

  test("only reading is allowed", async () => {
    assert.equal((await fetch(`${url}/api/v1/plan`, { method: "POST", body: "{}" })).status, 404);
  });

  const other = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry?.family === "IPv4" && !entry.internal);
  test("another address of this machine is not loopback", {
    skip: other === undefined && "this machine has no address but loopback here",
  }, async () => {
    const open = serve();
    const { port } = new URL(await open.listen({ host: "0.0.0.0", port: 0 }));
    assert.equal((await fetch(`http://${other?.address}:${port}/api/v1/plan`)).status, 401);
    await open.close();
  });

  test("close does not wait for a connection that is kept alive, nor for one that stalls", {
    timeout: 30_000,
  }, async () => {
    const closing = serve();
    const { port } = new URL(await closing.listen({ host: "127.0.0.1", port: 0 }));
    await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: "keep-alive" } });
    const stalled = connect(Number(port), "127.0.0.1");
    await once(stalled, "connect");
    stalled.on("error", () => {});
    stalled.write("GET /metr");
    await closing.close();
    stalled.destroy();
  });
});
