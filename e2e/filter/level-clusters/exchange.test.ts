// The filter's route list changes while requests run: the running VMs take it, no request fails, and each request is handled by the list
// that Envoy has, even when Envoy goes back to a list that still has requests in flight.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../../envoy/admin.ts";
import { send } from "../../envoy/client.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { batch, clusterOf, LevelProxy, listOf, plain, ports, upstream, userRoute } from "./proxy.ts";

const skip = missingWasmRuntime();
const upstreamPorts = { original: 18_081, level: 18_082, slow: 18_083 };
const lists = { one: listOf({ [plain]: ["one"] }), two: listOf({ [plain]: ["two"] }) };

let proxy: LevelProxy;
let slow: Server;
before(async () => {
  if (skip !== false) return;
  // Sends the beginning of a response and never its end.
  slow = createServer((_, response) => response.writeHead(200).write("x"));
  slow.listen(upstreamPorts.slow, "127.0.0.1");
  proxy = await LevelProxy.start({
    routes: [
      ...["one", "two"].map((name) => userRoute(name, { cluster: clusterOf("reviews") })),
      userRoute("slow", { cluster: "slow" }),
    ],
    clusters: [
      { name: clusterOf("reviews"), port: upstreamPorts.original },
      { name: clusterOf("reviews", "expedite-batch"), port: upstreamPorts.level },
      { name: "slow", port: upstreamPorts.slow },
    ],
    list: lists.one,
    upstreams: [upstream("original", upstreamPorts.original), upstream("level", upstreamPorts.level)],
  });
});
after(async () => {
  await proxy?.stop();
  slow?.closeAllConnections();
  slow?.close();
});

async function call(name: string): Promise<string> {
  const { status, headers } = await send(ports.outbound, "/", { ...batch, [`x-${name}`]: "1" });
  return status === 200 ? (headers["x-upstream"] ?? "") : `${status}`;
}

/** The routes that are demoted on both workers. */
async function demoted(): Promise<readonly string[]> {
  const routes: string[] = [];
  for (const name of ["one", "two"]) {
    const seen = new Set(await Promise.all(Array.from({ length: 40 }, () => call(name))));
    assert.equal(seen.size, 1, `${name}: ${[...seen]}`);
    if (seen.has("level")) routes.push(name);
  }
  return routes;
}

/** Resolves once exactly these routes are demoted on both workers. */
async function areDemoted(...names: readonly string[]): Promise<void> {
  await waitUntil({ what: `${names.join(", ") || "no route"} is demoted`, seconds: 10 }, async () => {
    assert.deepEqual(await demoted(), names);
    return true;
  });
}

const runtime = "wasm.envoy.wasm.runtime.v8";
const ticksName = "wasmcustom.expedite.outbound.ticks";
const stat = async (name: string): Promise<number> => (await readStats(proxy.envoy.admin, `^${name}$`)).get(name) ?? 0;

/** Ticks during `work`, of both workers and the main thread. It is an upper bound, because the time of both samples counts too. */
async function ticksPerSecond(work: () => Promise<unknown>): Promise<number> {
  const [time, ticks] = [performance.now(), await stat(ticksName)];
  await work();
  return ((await stat(ticksName)) - ticks) / ((performance.now() - time) / 1000);
}

/** Each of the three VMs ticks once a second and is counted once. On a starved machine ticks are late, and it takes several samples. */
async function ticksOnce(what: string, work: () => Promise<unknown> = () => sleep(4_000)): Promise<void> {
  await waitUntil({ what: `three ticks a second ${what}`, seconds: 20 }, async () => {
    const perSecond = await ticksPerSecond(work);
    assert.ok(perSecond < 3.8, `${perSecond} ticks a second`);
    return perSecond > 2.2;
  });
}

test("lists change under load: no request fails, each change takes effect, the VMs stay", { skip }, async () => {
  const seen = new Map<string, number>();
  let running = true;
  const lanes = Array.from({ length: 16 }, async (_, index) => {
    while (running) {
      const answer = await call(index % 2 === 0 ? "one" : "two").catch((error) => `${error.message}`);
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  });
  const [active, created] = [await stat(`${runtime}.active`), await stat(`${runtime}.created`)];
  const changes = 20;
  for (let i = 0; i < changes; i++) {
    const name = i % 2 === 0 ? "two" : "one";
    assert.ok(await proxy.setList({ ...lists[name], excludedHosts: [`${i}`] }));
    await areDemoted(name);
  }
  running = false;
  await Promise.all(lanes);
  assert.deepEqual([...seen.keys()].sort(), ["level", "original"]);
  assert.equal(await stat(`${runtime}.active`), active, "no additional VM");
  // Envoy first tries each new list in a VM of its own on the main thread, before any worker has it.
  assert.equal(await stat(`${runtime}.created`), created + changes);
});

test("a missing list counts as an empty one, and a refused list changes nothing", { skip }, async () => {
  assert.ok(await proxy.setList(undefined));
  await areDemoted();
  assert.ok(await proxy.setList(lists.two));
  await areDemoted("two");
  for (const text of ["{}", '{"variants":[],"excludedHosts":[""]}']) assert.ok(!(await proxy.setList(undefined, text)));
  assert.match(proxy.envoy.log(), /expedite: route list refused: excludedHosts\[0\]: must not be empty/);
  assert.deepEqual(await demoted(), ["two"]);
});

test("Envoy goes back to a list that still has requests in flight: the right list applies, and ticks are counted once", {
  skip,
}, async () => {
  assert.ok(await proxy.setList(lists.one));
  const sockets: Socket[] = Array.from({ length: 16 }, () => connect(ports.outbound, "127.0.0.1"));
  for (const socket of sockets)
    socket.on("error", () => undefined).write("GET / HTTP/1.1\r\nhost: a\r\nx-slow: 1\r\n\r\n");
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("data", resolve))));
  assert.ok(await proxy.setList(lists.two));
  await areDemoted("two");
  await ticksOnce("while each VM has two root contexts");
  assert.ok(await proxy.setList(lists.one));
  await areDemoted("one");
  for (const socket of sockets) socket.destroy();
  await ticksOnce("while each VM has one root context");
  assert.deepEqual(await demoted(), ["one"]);
});

test("lists that change faster than the VMs tick don't look like stopped VMs", { skip }, async () => {
  let count = 0;
  await ticksOnce("while lists change", async () => {
    for (let i = 0; i < 12; i++) {
      assert.ok(await proxy.setList({ ...lists.one, excludedHosts: [`fast-${count++}`] }));
      await sleep(400);
    }
  });
});
