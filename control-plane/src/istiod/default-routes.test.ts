// Which of a proxy's routes are the mesh's default ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRoutesOf, variantsOf } from "./default-routes.ts";

const action = { timeout: "0s", retryPolicy: { numRetries: 2 }, maxGrpcTimeout: "0s" };
const cluster = "outbound|80||a.b.svc.cluster.local";
const configuration = (...routes: unknown[]) => ({ name: "80", virtualHosts: [{ name: "a.b:80", routes }] });

test("each variant once, without the cluster", () => {
  const plain = (rest: object) => ({ name: "default", match: { prefix: "/" }, route: { cluster, ...rest } });
  assert.deepEqual(
    defaultRoutesOf([configuration(plain(action), plain(action)), configuration(plain({ timeout: "1s" }))]),
    [action, { timeout: "1s" }],
  );
});

test("a user's, ours, one that hashes and one that leads elsewhere are none", () => {
  const others = [
    { name: "default", metadata: { filterMetadata: { istio: {} } }, route: { cluster, ...action } },
    { name: "expedite", route: { clusterSpecifierPlugin: "expedite", ...action } },
    { name: "default", route: { clusterSpecifierPlugin: "expedite", ...action } },
    { name: "default", route: { cluster, hashPolicy: [{}], ...action } },
    { name: "allow_any", route: { cluster: "PassthroughCluster", ...action } },
    { name: "default", route: { cluster: "PassthroughCluster", ...action } },
    { name: "default", directResponse: { status: 200 } },
  ];
  assert.deepEqual(defaultRoutesOf([configuration(...others), {}, { virtualHosts: [{}] }]), []);
});

test("variants have one order, whoever answered first", () => {
  const other = { timeout: "1s" };
  assert.deepEqual(variantsOf([action, other, action]), variantsOf([other, action]));
});
