// The status of plain objects, its proxies read from a real server, and the text that people see.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { test } from "node:test";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { type ProxyStatus, readStatus } from "./status.ts";
import { statusText } from "./text.ts";

const apiVersion = "expedite.dev/v1alpha1";
const yes = (type: string) => ({ type, status: "True", reason: type, message: "" });
const ladder: ClusterObject = {
  ...{ apiVersion, kind: "PriorityLadder", metadata: { name: "default" } },
  spec: { mode: "Enforce" },
  status: { conditions: [yes("Accepted")] },
};
const policy: ClusterObject = {
  ...{ apiVersion, kind: "PriorityPolicy", metadata: { name: "cart", namespace: "shop" } },
  status: { conditions: [yes("Accepted"), yes("Programmed")] },
};
const lease = (secondsAgo: number): ClusterObject => ({
  ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "expedite" } },
  spec: {
    holderIdentity: "expedite-1",
    leaseDurationSeconds: 15,
    renewTime: new Date(Date.now() - secondsAgo * 1000).toISOString(),
  },
});
const programmed = (namespace: string, pod: string): ProxyStatus => ({
  namespace,
  pod,
  state: "programmed",
  reason: "",
});

/** `proxies`: what its leading controller answers; an Error: that it does not. */
function clusterOf(objects: readonly ClusterObject[], proxies: readonly ProxyStatus[] | Error): Cluster {
  return {
    name: "test (https://test)",
    list: async ({ kind }) => objects.filter((object) => object.kind === kind),
    remove: () => assert.fail("status removes nothing"),
    scale: () => assert.fail("status scales nothing"),
    forward: () => assert.fail("status asks one question"),
    get: async () => {
      if (proxies instanceof Error) throw proxies;
      return { proxies };
    },
  };
}

const plain = new Writable();
const lines = (text: string): string[] => text.split("\n");

test("all conditions True and all proxies programmed: the mesh obeys", async () => {
  const proxies = [programmed("shop", "a"), programmed("shop", "b"), programmed("jobs", "c")];
  const status = await readStatus(clusterOf([ladder, policy, lease(3)], proxies), "istio-system");
  assert.equal(status.isProgrammed, true);
  assert.deepEqual(lines(statusText(status, plain)), [
    "✓ the mesh obeys the policies",
    "  test (https://test) · controller: expedite-1 leads, no Deployment with replicas",
    "",
    "KIND            NAME       MODE     CONDITIONS",
    "PriorityLadder  default    Enforce  ✓ Accepted",
    "PriorityPolicy  shop/cart           ✓ Accepted  ✓ Programmed",
    "",
    "NAMESPACE  PROXIES  PROGRAMMED  PENDING  REFUSED  UNSUPPORTED",
    "jobs       1        1           0        0        0",
    "shop       2        2           0        0        0",
  ]);
});

test("a policy that is programmed with a limit says which, and the mesh obeys all the same", async () => {
  const limited = { ...yes("Programmed"), reason: "RouteNotPrioritised", message: "1 of 1 proxies programmed; why" };
  const some = { ...policy, status: { conditions: [yes("Accepted"), limited] } };
  const status = await readStatus(clusterOf([ladder, some, lease(3)], [programmed("shop", "a")]), "istio-system");
  assert.equal(status.isProgrammed, true);
  const text = statusText(status, plain);
  assert.match(text, /^✓ shop\/cart: Programmed RouteNotPrioritised: 1 of 1 proxies programmed; why$/m);
});

for (const [what, objects, proxies] of [
  ["a proxy refused", [ladder, policy, lease(3)], [{ ...programmed("shop", "a"), state: "refused", reason: "no" }]],
  ["nobody leads", [ladder, policy], []],
  ["the Lease has run out", [ladder, policy, lease(16)], []],
  ["the leader does not answer", [ladder, policy, lease(3)], new Error("away")],
  ["there is no ladder", [policy, lease(3)], []],
  ["a policy has no conditions", [ladder, { ...policy, status: undefined }, lease(3)], []],
] as const)
  test(`not all is in force: ${what}`, async () => {
    const status = await readStatus(clusterOf(objects, proxies), "istio-system");
    assert.equal(status.isProgrammed, false);
  });

test("what is wrong stands below its table, at most twenty proxies of it", async () => {
  const refused = Array.from({ length: 22 }, (_, index) => ({
    ...programmed("shop", `web-${index}`),
    state: "refused" as const,
    reason: "CDS: bad cluster",
  }));
  const text = statusText(await readStatus(clusterOf([ladder, policy, lease(3)], refused), "istio-system"), plain);
  assert.equal(lines(text).filter((line) => line.endsWith(": CDS: bad cluster")).length, 20);
  assert.match(text, /^refused shop\/web-0: CDS: bad cluster$/m);
  assert.match(text, /and 2 more; --json has all$/);
});

test("a controller outside of the cluster is asked by its URL", async (context) => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/api/v1/status" ? 200 : 404);
    response.end(JSON.stringify({ proxies: [programmed("shop", "a")] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const status = await readStatus(clusterOf([ladder, policy], new Error("not asked")), "istio-system", url);
  assert.deepEqual(
    status.proxies.map(({ pod }) => pod),
    ["a"],
  );
  assert.equal(status.isProgrammed, true);
});
