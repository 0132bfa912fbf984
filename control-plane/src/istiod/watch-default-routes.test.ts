// What is known of the mesh's default routes while a replica leads, before anybody answers, and when they change.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DefaultRoute, Snapshot } from "../core/snapshot.ts";
import type { Kubernetes, ProxyReport, World } from "../reconcile/ports.ts";
import { snapshotWith, watchDefaultRoutes, withDefaultRoutes } from "./watch-default-routes.ts";

const two = { retryPolicy: { numRetries: 2 } };
const four = { retryPolicy: { numRetries: 4 } };
const proxy = (nonce: string): ProxyReport => ({
  ...{ pod: "web-0", namespace: "shop", istioVersion: "1.31.0", istiod: "one", isGateway: false },
  exchanges: { RDS: { nonce, isAcknowledged: true } },
});

/** A mesh as it stands: undefined answers are those of an istiod that is not there. */
function watched(context: TestContext, times = { longest: 5_000, again: 5 }) {
  const mesh = { proxies: undefined as readonly ProxyReport[] | undefined, routes: [two] as readonly DefaultRoute[] };
  const asked: string[] = [];
  let marks = 0;
  const routes = watchDefaultRoutes(
    {
      proxies: async (namespace) => {
        asked.push(`proxies ${namespace ?? ""}`);
        if (mesh.proxies === undefined) throw new Error("no istiod pod is ready");
        return mesh.proxies;
      },
      defaultRoutes: async ({ pod }) => {
        asked.push(pod);
        return mesh.routes;
      },
      configuration: () => assert.fail("more than routes is not needed"),
      filter: async () => undefined,
    },
    () => marks++,
    times,
  );
  context.after(routes.stop);
  return { mesh, asked, routes, marks: () => marks };
}

/** Within a second. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !isSo(); i++) await sleep(5);
  assert.ok(isSo());
}

const snapshot = { policies: [] } as unknown as Snapshot;
const worldOf = (revision: number, rest: Partial<World> = { snapshot }): World => ({
  ...{ revision, problems: [], policies: [], owned: [], pod: () => undefined },
  ...rest,
});
const kubernetesWith = (world: () => World): Kubernetes => ({ world }) as Kubernetes;

test("nothing is read before istiod answered, and what it says is in the first world that is", async (context) => {
  const { mesh, routes, marks } = watched(context);
  const kubernetes = withDefaultRoutes(
    kubernetesWith(() => worldOf(7)),
    routes,
  );
  assert.equal(kubernetes.world(), undefined);
  routes.led(true);
  await sleep(50);
  assert.deepEqual([kubernetes.world(), marks()], [undefined, 0]);
  mesh.proxies = [proxy("1")];
  await until(() => kubernetes.world() !== undefined);
  assert.deepEqual(kubernetes.world()?.snapshot?.defaultRoutes, [two]);
  assert.ok(marks() > 0, "the loop is told");
});

test("a mesh without a sidecar is an answer, too", async (context) => {
  const { mesh, routes, marks } = watched(context);
  mesh.proxies = [];
  routes.led(true);
  await until(routes.isDecided);
  assert.deepEqual([routes.seen(), marks()], [undefined, 1]);
});

test("an istiod that is silent, or hangs, is not waited for any longer after a while", async (context) => {
  const { routes, marks } = watched(context, { longest: 50, again: 5 });
  routes.led(true);
  await until(routes.isDecided);
  assert.equal(marks(), 1);
  const hanging = watchDefaultRoutes(
    {
      proxies: () => new Promise(() => {}),
      defaultRoutes: async () => [],
      configuration: () => assert.fail(),
      filter: async () => undefined,
    },
    () => {},
    { longest: 50, again: 5 },
  );
  hanging.led(true);
  await until(hanging.isDecided);
  hanging.stop();
});

test("a replica that does not lead asks nobody; one that leads again asks anew before it reads", async (context) => {
  const { mesh, asked, routes } = watched(context);
  mesh.proxies = [proxy("1")];
  await sleep(30);
  assert.deepEqual([asked, routes.isDecided()], [[], false]);
  routes.led(true);
  await until(routes.isDecided);
  routes.led(false);
  assert.equal(routes.isDecided(), false);
  const before = asked.length;
  await sleep(30);
  assert.equal(asked.length, before);
  mesh.proxies = [proxy("2")];
  mesh.routes = [four];
  routes.led(true);
  assert.equal(routes.isDecided(), false);
  await until(routes.isDecided);
  assert.deepEqual(routes.seen(), [four]);
});

test("the loop's own looks show a change; nothing is asked beside them while nothing was pushed", async (context) => {
  const { mesh, asked, routes, marks } = watched(context);
  mesh.proxies = [proxy("1")];
  routes.led(true);
  await until(routes.isDecided);
  const told = marks();
  for (let i = 0; i < 20; i++) {
    await routes.mesh.proxies();
    await sleep(10);
  }
  assert.deepEqual(asked, ["proxies ", "web-0", ...Array.from({ length: 20 }, () => "proxies ")]);
  mesh.proxies = [proxy("2")];
  mesh.routes = [four];
  await routes.mesh.proxies("shop");
  await sleep(30);
  assert.deepEqual(routes.seen(), [two], "a look at a part says nothing of the versions that there are");
  await until(() => {
    // Each of the loop's: one that comes too soon after the last question is left out.
    void routes.mesh.proxies();
    return marks() === told + 1;
  });
  assert.deepEqual([routes.seen(), routes.changes()], [[four], 2]);
  mesh.proxies = [];
  await routes.mesh.proxies();
  await sleep(30);
  assert.deepEqual(routes.seen(), [four], "what was seen stays");
});

test("no two worlds that differ have one revision: not after a change, and not when the snapshot goes after it", async (context) => {
  const { mesh, routes } = watched(context);
  mesh.proxies = [proxy("1")];
  let world = worldOf(7);
  const kubernetes = withDefaultRoutes(
    kubernetesWith(() => world),
    routes,
  );
  routes.led(true);
  await until(routes.isDecided);
  assert.equal(routes.changes(), 1);
  const before = kubernetes.world()!.revision;
  world = worldOf(8, {});
  const after = kubernetes.world()!;
  assert.equal(after.snapshot, undefined);
  assert.ok(after.revision > before, `${before}, then ${after.revision}`);
});

test("a snapshot to be shown has the default routes where they are known", async (context) => {
  const { mesh, routes } = watched(context);
  assert.equal(snapshotWith(snapshot, routes), snapshot);
  mesh.proxies = [proxy("1")];
  routes.led(true);
  await until(routes.isDecided);
  assert.deepEqual(snapshotWith(snapshot, routes)?.defaultRoutes, [two]);
  assert.equal(snapshotWith(undefined, routes), undefined);
});
