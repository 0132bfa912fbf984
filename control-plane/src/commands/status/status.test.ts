// The status of plain objects, with proxies read from a real server, and the text that people see.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { test } from "node:test";
import { clusterOf, ladder, lease, policy, programmed, replicas, yes } from "../../../test/status-cluster.ts";
import { priorityLadder } from "../../api/priority-ladder.ts";
import { defaultLadder } from "../../core/default-ladder.ts";
import type { ClusterObject } from "../../kube/cluster.ts";
import { enforced } from "../../status/enforced.ts";
import { links } from "../../translate/links.ts";
import { readStatus } from "./status.ts";
import { statusText } from "./text.ts";

const plain = new Writable();
const lines = (text: string): string[] => text.split("\n");

test("all conditions True and all proxies programmed: the policies are in force", async () => {
  const proxies = [programmed("shop", "a"), programmed("shop", "b"), programmed("jobs", "c")];
  const status = await readStatus(clusterOf([ladder, policy, lease(3)], proxies), "istio-system");
  assert.equal(status.isProgrammed, true);
  assert.deepEqual(lines(statusText(status, plain)), [
    "✓ the policies are in force",
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

test("a policy that is programmed with a limitation names it, and is still in force", async () => {
  const limited = { ...yes("Programmed"), reason: "RouteNotPrioritised", message: "1 of 1 proxies programmed; why" };
  const some = { ...policy, status: { conditions: [yes("Accepted"), limited] } };
  const status = await readStatus(clusterOf([ladder, some, lease(3)], [programmed("shop", "a")]), "istio-system");
  assert.equal(status.isProgrammed, true);
  const text = statusText(status, plain);
  assert.match(text, /^✓ shop\/cart: Programmed RouteNotPrioritised: 1 of 1 proxies programmed; why$/m);
});

test("what is not enforced because the ladder's mode is Observe is as wanted", async () => {
  const not = { ...yes("Enforced"), status: "False", reason: "Observe", message: "The ladder's mode is Observe" };
  const observed = { ...ladder, spec: { mode: "Observe" }, status: { conditions: [yes("Accepted"), not] } };
  const status = await readStatus(clusterOf([observed, policy, lease(3)], [programmed("shop", "a")]), "istio-system");
  assert.equal(status.isProgrammed, true);
  const text = lines(statusText(status, plain));
  assert.equal(text[0], "✓ the policies are in force, in mode Observe");
  assert.ok(text.includes("PriorityLadder  default    Observe  ✓ Accepted  – Enforced"));
  assert.ok(text.includes("– default: Enforced Observe: The ladder's mode is Observe"));
  const late = { ...observed, status: { conditions: [yes("Accepted"), { ...not, reason: "Pending" }] } };
  const pending = await readStatus(clusterOf([late, policy, lease(3)], [programmed("shop", "a")]), "istio-system");
  assert.equal(pending.isProgrammed, false);
});

const idle = { observedGeneration: 1, activeLinks: 0, inactiveLinks: 0, inactivePods: 0, isRemoved: false };
for (const [what, nodes] of [
  ["without agents", []],
  ["with an agent", [{ name: "n1", report: idle }]],
] as const)
  test(`that no link is active is as wanted if the ladder has no links, ${what}`, async () => {
    const withoutLinks = priorityLadder.parse({ ...defaultLadder, spec: { ...defaultLadder.spec, mode: "Enforce" } });
    const { verdicts } = links({ ladder: withoutLinks, pods: [] });
    const { status, reason, message } = enforced({ generation: 1 }, verdicts, { mode: "Enforce", nodes });
    assert.deepEqual([status, reason], ["False", "NoActiveLink"]);
    const not = { ...yes("Enforced"), status, reason, message };
    const read = (spec: object, condition: object) => {
      const conditions = [yes("Accepted"), condition];
      const some = { ...ladder, spec: { mode: "Enforce", ...spec }, status: { conditions } };
      return readStatus(clusterOf([some, policy, lease(3)], [programmed("shop", "a")]), "istio-system");
    };
    for (const spec of [{}, { links: [] }]) {
      const without = await read(spec, not);
      assert.equal(without.isProgrammed, true);
      const text = lines(statusText(without, plain));
      assert.equal(text[0], "✓ the policies are in force");
      assert.ok(text.includes("PriorityLadder  default    Enforce  ✓ Accepted  – Enforced"));
      assert.ok(text.some((line) => line.startsWith("– default: Enforced NoActiveLink: ")));
    }
    // A link that selects no pod is not what was asked for, and neither is a node that has not followed.
    assert.equal((await read({ links: [{ name: "db" }] }, not)).isProgrammed, false);
    assert.equal((await read({}, { ...not, reason: "Pending" })).isProgrammed, false);
    assert.equal((await read({}, { ...not, type: "Accepted" })).isProgrammed, false);
  });

for (const [what, objects, proxies] of [
  ["a proxy refused", [ladder, policy, lease(3)], [{ ...programmed("shop", "a"), state: "refused", reason: "no" }]],
  ["nobody leads", [ladder, policy], []],
  ["the Lease has expired", [ladder, policy, lease(16)], []],
  ["the leader does not answer", [ladder, policy, lease(3)], new Error("away")],
  ["there is no ladder", [policy, lease(3)], []],
  ["a policy has no conditions", [ladder, { ...policy, status: undefined }, lease(3)], []],
] as const)
  test(`not everything is in force: ${what}`, async () => {
    const status = await readStatus(clusterOf(objects, proxies), "istio-system");
    assert.equal(status.isProgrammed, false);
  });

test("problems are below their table, with at most twenty proxies", async () => {
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

test("a controller outside the cluster is asked by its URL", async (context) => {
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

test("a follower names the leader, which is then asked and shown", async () => {
  const cluster = replicas([ladder, policy, lease(3)], {
    "istio-system/expedite-1:8080/api/v1/status": {
      identity: "expedite-1",
      isLeader: false,
      leader: "expedite-2",
      proxiesUnknown: "only the leader knows the proxies; ask expedite-2",
    },
    "istio-system/expedite-2:8080/api/v1/status": {
      identity: "expedite-2",
      isLeader: true,
      leader: "expedite-2",
      proxies: [programmed("shop", "a")],
    },
  });
  const status = await readStatus(cluster, "istio-system");
  assert.equal(status.controller.leader, "expedite-2");
  assert.equal(status.isProgrammed, true);
});

test("if only a follower answers, nothing is reported as in force", async () => {
  const answer = { identity: "expedite-1", isLeader: false, proxiesUnknown: "only the leader knows; no replica leads" };
  const cluster = replicas([ladder, policy, lease(3)], { "istio-system/expedite-1:8080/api/v1/status": answer });
  const status = await readStatus(cluster, "istio-system");
  assert.equal(status.isProgrammed, false);
  const text = statusText(status, plain);
  assert.match(text, /^… it is not known whether the policies are in force$/m);
  assert.match(text, /^… the proxies are not known: only the leader knows; no replica leads$/m);
});

for (const [how, container] of [
  ["flags", { args: ["--port=9090", "--lease-name", "priorities"] }],
  [
    "variables",
    {
      env: [
        { name: "EXPEDITE_PORT", value: "9090" },
        { name: "EXPEDITE_LEASE_NAME", value: "priorities" },
      ],
    },
  ],
] as const)
  test(`port and Lease are those in the Deployment, set by ${how}`, async () => {
    const deployment: ClusterObject = {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "expedite", namespace: "mesh" } },
      spec: { replicas: 2, template: { spec: { containers: [container] } } },
      status: { readyReplicas: 2 },
    };
    const own = { ...lease(3), metadata: { name: "priorities" } };
    const answer = { identity: "expedite-1", isLeader: true, leader: "expedite-1", proxies: [] };
    const cluster = replicas([ladder, policy, deployment, lease(99), own], {
      "mesh/expedite-1:9090/api/v1/status": answer,
    });
    const status = await readStatus(cluster, "mesh");
    assert.deepEqual(status.controller, { ready: 2, replicas: 2, leader: "expedite-1" });
    assert.equal(status.isProgrammed, true);
  });

test("what several policies of a namespace share is shown once", async () => {
  const limit = "RouteNotPrioritised: VirtualService shop/web: spec.http[0].mirror: shares connections";
  const said = (message: string) => ({
    conditions: [yes("Accepted"), { ...yes("Programmed"), reason: "RouteNotPrioritised", message }],
  });
  const first = { ...policy, status: said(`2 of 2 proxies programmed; ${limit}`) };
  const second = {
    ...policy,
    metadata: { name: "web", namespace: "shop" },
    status: said(`3 of 3 proxies programmed; ${limit}`),
  };
  const whole = { ...ladder, status: said(`3 of 3 proxies programmed; ${limit}`) };
  const status = await readStatus(clusterOf([whole, first, second, lease(3)], [programmed("shop", "a")]), "mesh");
  const remarks = lines(statusText(status, plain)).filter((line) => line.includes("RouteNotPrioritised:"));
  assert.deepEqual(remarks, [
    `✓ shop/cart, shop/web: Programmed RouteNotPrioritised: ${limit}`,
    "✓ shop/cart: Programmed RouteNotPrioritised: 2 of 2 proxies programmed",
    "✓ shop/web: Programmed RouteNotPrioritised: 3 of 3 proxies programmed",
  ]);
});
