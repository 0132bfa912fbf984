// The reports of the queues in a plan that is made of manifests, with samples that a sidecar could have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshotOfText, translated } from "../../test/manifests.ts";
import type { QueueSample } from "../istiod/queue-metrics.ts";
import { queueReports } from "./queue-reports.ts";

const manifests = `
apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec: { mode: Enforce, levels: [{ name: interactive }, { name: batch, dscp: CS1 }], defaultLevel: interactive }
---
apiVersion: expedite.dev/v1alpha1
kind: RequestQueue
metadata: { name: web, namespace: shop }
spec:
  targetRefs: [{ kind: Service, name: web }, { kind: Service, name: canary }]
  concurrencyLimit: { fixed: 4 }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.2, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: canary, namespace: shop }
spec: { clusterIP: 10.96.0.3, selector: { app: web, track: canary }, ports: [{ port: 80 }] }
${pod("web-0", "10.0.0.1", "app: web")}${pod("web-1", "10.0.0.2", "app: web, track: canary")}${pod("web-2", "10.0.0.3", "app: web")}
${pod("other", "10.0.0.4", "app: other")}${pod("left", "10.0.0.5", 'app: web, expedite.dev/opt-out: "true"')}`;

function pod(name: string, podIP: string, labels: string): string {
  return `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { ${labels} } }
spec: { containers: [] }
status: { podIP: ${podIP} }
`;
}

const { plan } = translated(manifests);
const { pods } = snapshotOfText(manifests);

/** Ten waited 10 ms or less, and one longer than all bounds. */
const busy: QueueSample = {
  inFlight: 4,
  late: 1,
  levels: new Map([
    [
      "batch",
      {
        ...{ waiting: 7, forwarded: 2, rejected: 1 },
        waits: {
          count: 11,
          sum: 110,
          buckets: new Map([
            [5, 0],
            [10, 10],
          ]),
        },
      },
    ],
  ]),
};

test("a queue's numbers are the sums over its pods, each counted once, and say how many were read", async () => {
  const asked: string[] = [];
  const sample = async (address: string): Promise<QueueSample | undefined> => {
    asked.push(address);
    return address === "10.0.0.3" ? undefined : busy;
  };
  const reports = queueReports({ plan: () => plan, pods: () => pods, sample });
  const idle = { waiting: 0, forwarded: 0, rejected: 0 };
  assert.deepEqual(await reports(), [
    {
      ...{ namespace: "shop", name: "web", limit: 4, pods: 3, read: 2, inFlight: 8, late: 2 },
      levels: [
        { name: "interactive", ...idle },
        { name: "batch", waiting: 14, forwarded: 4, rejected: 2, waits: { count: 22, mean: 10, p50: 10 } },
      ],
    },
  ]);
  assert.deepEqual(asked.sort(), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  await reports();
  assert.equal(asked.length, 3, "an answer is good for a while");
});

test("without a plan there are no reports", async () => {
  const reports = queueReports({ plan: () => undefined, pods: () => pods, sample: async () => busy });
  assert.equal(await reports(), undefined);
});

test("where the limit adapts, a report has the lowest and the highest that the sidecars found", async () => {
  const adapts = translated(manifests.replace("{ fixed: 4 }", "{ adaptive: { min: 2, max: 50 } }")).plan;
  const limits = new Map([
    ["10.0.0.1", 6],
    ["10.0.0.2", 9],
  ]);
  const sample = async (address: string): Promise<QueueSample> => {
    const limit = limits.get(address);
    return { ...busy, ...(limit === undefined ? {} : { limit }) };
  };
  const [report] = (await queueReports({ plan: () => adapts, pods: () => pods, sample })()) ?? [];
  assert.deepEqual({ limit: report?.limit, found: report?.found }, { limit: 50, found: { least: 6, most: 9 } });
});
