// The status of plain objects, with proxies read from a real server, and the text that people see.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { test } from "node:test";
import { priorityLadder } from "../../api/priority-ladder.ts";
import { defaultLadder } from "../../core/default-ladder.ts";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { enforced } from "../../status/enforced.ts";
import { links } from "../../translate/links.ts";
import type { ProxyStatus } from "./leader.ts";
import { readStatus } from "./status.ts";
import { statusText } from "./text.ts";

const apiVersion = "expedite.dev/v1alpha1";
const yes = (type: string) => ({
  type,
  status: "True",
  reason: type,
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
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

/** `proxies`: the answer of its leading controller; an Error means that it does not answer. */
function clusterOf(objects: readonly ClusterObject[], proxies: readonly ProxyStatus[] | Error): Cluster {
  return {
    name: "test (https://test)",
    list: async ({ kind }) => objects.filter((object) => object.kind === kind),
    remove: () => assert.fail("status removes nothing"),
    annotate: () => assert.fail("status annotates nothing"),
    scale: () => assert.fail("status scales nothing"),
    forward: () => assert.fail("status sends one request"),
    get: async () => {
      if (proxies instanceof Error) throw proxies;
      return { proxies };
    },
  };
}

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

test("that no request waits in mode Observe is as wanted, and is said", async () => {
  const observed = { ...ladder, spec: { mode: "Observe" } };
  const message = "RequestQueue shop/web: spec: is not applied: the PriorityLadder's mode is Observe";
  const not = { ...yes("Programmed"), status: "False", reason: "QueueNotApplied", message };
  const queue: ClusterObject = {
    ...{ apiVersion, kind: "RequestQueue", metadata: { name: "web", namespace: "shop" } },
    status: { conditions: [yes("Accepted"), not] },
  };
  const status = await readStatus(clusterOf([observed, queue, lease(3)], [programmed("shop", "a")]), "istio-system");
  assert.equal(status.isProgrammed, true);
  const text = lines(statusText(status, plain));
  assert.ok(text.includes("RequestQueue    shop/web           ✓ Accepted  – Programmed"));
  assert.ok(text.includes(`– shop/web: Programmed QueueNotApplied: ${message}`));
});

const queue: ClusterObject = {
  ...{ apiVersion, kind: "RequestQueue", metadata: { name: "web", namespace: "shop" } },
  spec: { targetRefs: [{ kind: "Service", name: "web" }], concurrencyLimit: { fixed: 6 } },
  status: { conditions: [yes("Accepted"), yes("Programmed")] },
};
const report = {
  ...{ namespace: "shop", name: "web", limit: 6, pods: 3, read: 2, inFlight: 9, late: 1 },
  levels: [
    { name: "interactive", waiting: 0, forwarded: 0, rejected: 0, waits: { count: 120, mean: 8.1, p50: 10, p99: 50 } },
    { name: "batch", waiting: 12, forwarded: 3, rejected: 40, waits: { count: 3000, mean: 900.5, p50: 500 } },
    { name: "idle", waiting: 0, forwarded: 0, rejected: 0 },
  ],
};

test("a queue is shown with its target, its limit, and what the sidecars do, by level", async () => {
  const cluster = replicas([ladder, queue, lease(3)], {
    "istio-system/expedite-1:8080/api/v1/status": { proxies: [programmed("shop", "a")] },
    "istio-system/expedite-1:8080/api/v1/queues": [report],
  });
  const status = await readStatus(cluster, "istio-system");
  assert.deepEqual(status.queues, [
    { namespace: "shop", name: "web", targets: ["Service/web"], concurrencyLimit: { fixed: 6 }, report },
  ]);
  const text = lines(statusText(status, plain));
  const at = text.findIndex((line) => line.startsWith("QUEUE"));
  assert.deepEqual(text.slice(at, at + 6), [
    "QUEUE     TARGETS      LIMIT  LEVEL        PODS  IN FLIGHT  WAITING  WAITED      P50     P99  FORWARDED  REJECTED",
    "shop/web  Service/web  6      interactive   2/3          9        0     120   ≤ 10ms  ≤ 50ms          0         0",
    "                              batch                              12    3000  ≤ 500ms    > 1h          3        40",
    "                              idle                                0       0                           0         0",
    "shop/web: the metrics of 1 of 3 pods could not be read, or have no queue yet",
    "shop/web: requests that wait although their callers no longer do: 1",
  ]);
});

test("loops that overlap are a warning, and keep nothing from being in force", async () => {
  const overlap = {
    ...yes("LoopsOverlap"),
    message: "RequestQueue shop/web: spec.maxWait: lets requests wait for up to 10s, but …",
  };
  const none = { ...overlap, status: "False", reason: "NoOverlap" };
  const read = async (condition: object): Promise<readonly string[]> => {
    const conditions = [yes("Accepted"), yes("Programmed"), condition];
    const cluster = clusterOf([ladder, { ...queue, status: { conditions } }, lease(3)], [programmed("shop", "a")]);
    const status = await readStatus(cluster, "istio-system");
    assert.equal(status.isProgrammed, true);
    return lines(statusText(status, plain));
  };
  const warned = await read(overlap);
  assert.equal(warned[0], "✓ the policies are in force");
  assert.ok(warned.includes("RequestQueue    shop/web           ✓ Accepted  ✓ Programmed  ! LoopsOverlap"));
  assert.ok(warned.includes(`! shop/web: LoopsOverlap LoopsOverlap: ${overlap.message}`));
  assert.ok(!(await read(none)).some((line) => /Overlap/.test(line)));
});

test("a controller that does not report queues leaves them unknown, and the rest as it is", async () => {
  const cluster = replicas([ladder, queue, lease(3)], {
    "istio-system/expedite-1:8080/api/v1/status": { proxies: [programmed("shop", "a")] },
  });
  const status = await readStatus(cluster, "istio-system");
  assert.equal(status.isProgrammed, true);
  assert.match(
    statusText(status, plain),
    /^shop\/web {2}Service\/web {2}6\n… what the queues do is not known: expedite-1 did not answer: nothing listens/m,
  );
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

/** `answers`: what each pod answers at a port. */
function replicas(objects: readonly ClusterObject[], answers: Readonly<Record<string, unknown>>): Cluster {
  return {
    ...clusterOf(objects, new Error("asked otherwise")),
    get: async ({ metadata }, port, path) => {
      const answer = answers[`${metadata.namespace}/${metadata.name}:${port}${path}`];
      if (answer === undefined) throw new Error(`nothing listens at ${metadata.name}:${port}`);
      return answer;
    },
  };
}

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
