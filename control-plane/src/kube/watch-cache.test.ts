// Which events of the watches are reported, what is known without the mesh config, and that an unwatchable kind is reported.
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultMeshConfig } from "../core/mesh-config.ts";
import type { MeshFacts } from "../reconcile/ports.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { watchKubernetes } from "./watch-cache.ts";

const pods = "/api/v1/pods";
const policies = "/apis/expedite.dev/v1alpha1/prioritypolicies";
const metadata = { name: "web", namespace: "shop", labels: { app: "web" }, uid: "1", generation: 1 };

test("a pod's unread status is not reported as a change; its address and a policy's status are", async (context) => {
  const watches = new Map<string, PassThrough>();
  const server: ApiServer = {
    read: async () => ({ items: [], metadata: { resourceVersion: "1" } }),
    open: async ({ path, signal }) => {
      const stream = new PassThrough();
      watches.set(path.split("?")[0]!, stream);
      signal.addEventListener("abort", () => stream.end());
      return stream as unknown as IncomingMessage;
    },
  };
  let told = 0;
  const mesh = () => ({ config: defaultMeshConfig, revision: 0 });
  const kubernetes = watchKubernetes({ server, mesh, changed: () => told++ });
  context.after(kubernetes.stop);
  let version = 1;
  const event = async (path: string, status: object, expected = 1) => {
    const before = { told, revision: kubernetes.cacheState()?.revision };
    const object = { metadata: { ...metadata, resourceVersion: String(++version) }, spec: {}, status };
    watches.get(path)!.write(`${JSON.stringify({ type: "MODIFIED", object })}\n`);
    for (const end = Date.now() + 30_000; told < before.told + expected && Date.now() < end; ) await sleep(5);
    // By then, too many changes would have been reported.
    await sleep(50);
    return { told: told - before.told, read: kubernetes.cacheState()?.revision !== before.revision };
  };
  for (const end = Date.now() + 30_000; kubernetes.cacheState() === undefined || watches.size < 14; await sleep(5))
    assert.ok(Date.now() < end, `${watches.size} watches`);
  const isTold = { told: 1, read: true };
  assert.deepEqual(await event(pods, { podIP: "10.0.0.1" }), isTold);
  assert.deepEqual(await event(pods, { podIP: "10.0.0.1", startTime: "now" }, 0), { told: 0, read: false });
  assert.deepEqual(await event(pods, { podIP: "10.0.0.2" }), isTold);
  assert.deepEqual(await event(policies, {}), isTold);
  assert.deepEqual(await event(policies, { conditions: [] }), { told: 1, read: false });
});

test("without the mesh config there is no cache state at first, then one with a reason instead of a snapshot, then a complete one", async (context) => {
  const ladder = {
    metadata: { name: "default", uid: "1", generation: 1, resourceVersion: "1" },
    spec: { levels: [{ name: "high" }, { name: "low", dscp: "CS1" }], defaultLevel: "high", mode: "Observe" },
  };
  const server: ApiServer = {
    read: async ({ path }) => ({
      items: path.includes("priorityladders") ? [ladder] : [],
      metadata: { resourceVersion: "1" },
    }),
    open: async ({ signal }) => {
      const stream = new PassThrough();
      signal.addEventListener("abort", () => stream.end());
      return stream as unknown as IncomingMessage;
    },
  };
  let facts: MeshFacts = { revision: 0 };
  const kubernetes = watchKubernetes({
    server,
    mesh: () => facts,
    changed: () => {},
  });
  context.after(kubernetes.stop);
  for (const end = Date.now() + 30_000; !kubernetes.synced(); await sleep(5)) assert.ok(Date.now() < end);
  assert.equal(kubernetes.cacheState(), undefined);
  facts = { revision: 1, unknown: "istiod is silent" };
  const unknown = kubernetes.cacheState();
  assert.deepEqual([unknown?.snapshot, unknown?.undecided], [undefined, "istiod is silent"]);
  facts = { revision: 2, config: { ...defaultMeshConfig, trustDomains: ["corp.example"] } };
  const known = kubernetes.cacheState();
  assert.deepEqual(known?.problems, []);
  assert.deepEqual([known?.snapshot?.mesh, known?.undecided], [facts.config, undefined]);
  assert.ok(known!.revision > unknown!.revision);
});

test("a kind that may not be listed is reported once with its remedy, and its recovery is reported too", async (context) => {
  let isAllowed = false;
  let asked = 0;
  const server: ApiServer = {
    read: async ({ path }) => {
      if (!path.startsWith(`${pods}?`) || isAllowed) return { items: [], metadata: { resourceVersion: "1" } };
      asked++;
      throw new ApiError(403, 'pods is forbidden: User "expedite" cannot list resource "pods"');
    },
    open: async ({ signal }) => {
      const stream = new PassThrough();
      signal.addEventListener("abort", () => stream.end());
      return stream as unknown as IncomingMessage;
    },
  };
  const reported: unknown[] = [];
  const kubernetes = watchKubernetes({
    server,
    mesh: () => ({ config: defaultMeshConfig, revision: 0 }),
    changed: () => {},
    observer: {
      watchFailed: (resource, problem) => reported.push({ resource, ...problem }),
      watchRecovered: (resource) => reported.push(resource),
    },
    times: { firstDelay: 5, longestDelay: 5 },
  });
  context.after(kubernetes.stop);
  const until = async (isSo: () => boolean): Promise<void> => {
    for (const end = Date.now() + 30_000; !isSo(); await sleep(5)) assert.ok(Date.now() < end, String(isSo));
  };
  await until(() => asked > 3);
  const problem = {
    cause: "Forbidden",
    message: 'pods is forbidden: User "expedite" cannot list resource "pods"',
    remedy: "Give its account the roles of this version: upgrade the chart, or apply manifests/rbac.yaml.",
  };
  assert.deepEqual(reported, [{ resource: "pods", ...problem }]);
  assert.deepEqual(kubernetes.problems(), { pods: problem });
  assert.equal(kubernetes.synced(), false);
  const state = kubernetes.cacheState();
  assert.match(state?.undecided ?? "", /cannot list pods: pods is forbidden.*apply manifests\/rbac.yaml/);
  assert.deepEqual([state?.snapshot, state?.revision === undefined], [undefined, false]);
  isAllowed = true;
  await until(() => reported.length > 1 && kubernetes.synced());
  assert.deepEqual([reported[1], kubernetes.problems()], ["pods", {}]);
  const later = kubernetes.cacheState();
  assert.deepEqual([later?.undecided, later?.revision === state?.revision], [undefined, false]);
});

test("a kind of Expedite's own that is installed later is found within seconds, and is a problem until then", async (context) => {
  let isInstalled = false;
  const server: ApiServer = {
    read: async ({ path }) => {
      if (path.includes("/expedite.dev/") && !isInstalled) throw new ApiError(404, "not found");
      return { items: [], metadata: { resourceVersion: "1" } };
    },
    open: async ({ signal }) => {
      const stream = new PassThrough();
      signal.addEventListener("abort", () => stream.end());
      return stream as unknown as IncomingMessage;
    },
  };
  const mesh = () => ({ config: defaultMeshConfig, revision: 0 });
  const kubernetes = watchKubernetes({ server, mesh, changed: () => {} });
  context.after(kubernetes.stop);
  const missing = () => Object.keys(kubernetes.problems()).length;
  const until = async (count: number): Promise<void> => {
    for (const end = Date.now() + 30_000; missing() !== count; await sleep(20))
      assert.ok(Date.now() < end, `${missing()}`);
  };
  await until(4);
  isInstalled = true;
  await until(0);
});
