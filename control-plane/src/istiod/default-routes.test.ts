// Which of a proxy's routes are the mesh's default ones, and what is known of them while proxies come, change and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DefaultRoute } from "../core/snapshot.ts";
import { defaultRoutesOf, watchDefaultRoutes } from "./default-routes.ts";

const action = { timeout: "0s", retryPolicy: { numRetries: 2 }, maxGrpcTimeout: "0s" };
const cluster = "outbound|80||a.b.svc.cluster.local";
const configuration = (...routes: unknown[]) => ({ name: "80", virtualHosts: [{ name: "a.b:80", routes }] });

test("default routes: each variant once, without the cluster", () => {
  const plain = (rest: object) => ({ name: "default", match: { prefix: "/" }, route: { cluster, ...rest } });
  assert.deepEqual(
    defaultRoutesOf([configuration(plain(action), plain(action)), configuration(plain({ timeout: "1s" }))]),
    [action, { timeout: "1s" }],
  );
});

test("default routes: a user's, ours, one that hashes and one that leads elsewhere are none", () => {
  const others = [
    { name: "default", metadata: { filterMetadata: { istio: {} } }, route: { cluster, ...action } },
    { name: "expedite", route: { clusterSpecifierPlugin: "expedite", ...action } },
    { name: "default", route: { cluster, hashPolicy: [{}], ...action } },
    { name: "allow_any", route: { cluster: "PassthroughCluster", ...action } },
    { name: "default", directResponse: { status: 200 } },
  ];
  assert.deepEqual(defaultRoutesOf([configuration(...others), {}, { virtualHosts: [{}] }]), []);
});

test("default routes: what was seen stays while nobody answers", async () => {
  let answer: () => readonly DefaultRoute[] = () => {
    throw new Error("no istiod pod is ready");
  };
  let changes = 0;
  const proxy = {
    pod: "a",
    namespace: "b",
    istioVersion: "1.31.0",
    istiod: "one",
    isGateway: false,
    exchanges: { RDS: { nonce: "1", isAcknowledged: true } },
  };
  const nothing = { extensions: {}, clusters: [], names: [], hasSharedRoute: false };
  const watching = watchDefaultRoutes(
    {
      proxies: async () => [proxy, { ...proxy, isGateway: true, istioVersion: "1.30.0" }],
      configuration: async () => ({ ...nothing, defaultRoutes: answer() }),
      filter: async () => undefined,
    },
    () => {
      changes++;
    },
  );
  await sleep(50);
  assert.equal(watching.seen(), undefined);
  answer = () => [action];
  for (let i = 0; i < 50 && watching.seen() === undefined; i++) await sleep(100);
  assert.deepEqual([watching.seen(), changes], [[action], 1]);
  await watching.stop();
});
