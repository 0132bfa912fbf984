// What `expedite status` shows of RequestQueues: plain objects, and what a controller says about their sidecars.
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { apiVersion, clusterOf, ladder, lease, programmed, replicas, yes } from "../../../test/status-cluster.ts";
import type { ClusterObject } from "../../kube/cluster.ts";
import { readStatus } from "./status.ts";
import { statusText } from "./text.ts";

const plain = new Writable();
const lines = (text: string): string[] => text.split("\n");

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

const targetRefs = [{ kind: "Service", name: "web" }];
const queue: ClusterObject = {
  ...{ apiVersion, kind: "RequestQueue", metadata: { name: "web", namespace: "shop" } },
  spec: { targetRefs, concurrencyLimit: { fixed: 6 } },
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

test("a limit that adapts is shown with what the sidecars found", async () => {
  const limits = async (found: object): Promise<string | undefined> => {
    const spec = { targetRefs, concurrencyLimit: { adaptive: { min: 1, max: 60 } } };
    const cluster = replicas([ladder, { ...queue, spec }, lease(3)], {
      "istio-system/expedite-1:8080/api/v1/status": { proxies: [programmed("shop", "a")] },
      "istio-system/expedite-1:8080/api/v1/queues": [{ ...report, limit: 60, ...found }],
    });
    const text = lines(statusText(await readStatus(cluster, "istio-system"), plain));
    return text.find((line) => line.startsWith("shop/web  Service/web"))?.split(/ {2,}/)[2];
  };
  assert.equal(await limits({}), "1–60");
  assert.equal(await limits({ found: { least: 7, most: 7 } }), "7 of 1–60");
  assert.equal(await limits({ found: { least: 6, most: 9 } }), "6–9 of 1–60");
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
