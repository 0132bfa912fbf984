// A Service whose application works on four requests at once and is nearly busy with exports. A RequestQueue is created, changed and deleted
// under load: no request fails, and while it is there requests wait in the sidecar.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { applyObjects } from "../kubernetes/apply.ts";
import { available } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { quantile } from "../measure/statistics.ts";
import { waitUntil } from "../process/wait.ts";
import { controllerLog, programmedState } from "./controller.ts";
import { enrolledMesh } from "./faults/enrolled-mesh.ts";
import { failures, type Recorded, whileLoaded } from "./fixed-rate.ts";
import { askProxy } from "./proxy.ts";
import { inCluster } from "./suite.ts";

const manifest = readFileSync(join(import.meta.dirname, "manifests/compute.yaml"), "utf8");
const url = "http://compute.bookinfo:9080";
/** Of four workers, exports take 3.2 and the others 0.6. */
const loads = {
  batch: { url: `${url}/export/all?sleep=40ms`, perSecond: 80 },
  others: { url: `${url}/home?sleep=10ms`, perSecond: 60, from: "n2" },
} as const;

const queue = (limit: number): string =>
  JSON.stringify({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "RequestQueue",
    metadata: { name: "compute", namespace: "bookinfo" },
    spec: { targetRefs: [{ kind: "Service", name: "compute" }], concurrencyLimit: { fixed: limit } },
  });

function percentile({ requests }: Recorded, percent: number): string {
  const times = requests.map(({ tookMillis }) => tookMillis).sort((a, b) => a - b);
  return quantile(times, percent / 100).toFixed(0);
}

describe("a request queue", inCluster, () => {
  let cluster: Cluster;
  const { untouched } = enrolledMesh(async (started) => {
    cluster = started;
    await applyObjects(cluster.kubectl, manifest);
    await available(cluster.kubectl, "bookinfo", "compute");
  });

  /** Sends both levels while `work` runs, prints how long they took, and asserts that none failed. */
  const loaded = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const results = await whileLoaded(cluster, loads, work);
    for (const [level, result] of Object.entries(results)) {
      const failed = failures(result).length;
      console.log(
        `${what}, ${level}: ${result.requests.length} requests, ${failed} failed, p50 ${percentile(result, 50)} ms, p99 ${percentile(result, 99)} ms`,
      );
      assert.equal(failed, 0, [...result.errors, await controllerLog(cluster.kubectl)].join("\n"));
    }
  };

  const apply = (limit: number): Promise<string> => applyObjects(cluster.kubectl, queue(limit));

  /** Resolves once the status says of the current generation that the proxies have it. */
  const programmed = (): Promise<void> => {
    const object = { kind: "requestqueue", name: "compute", namespace: "bookinfo" } as const;
    let last = "";
    const detail = async (): Promise<string> => `${last}\n${await controllerLog(cluster.kubectl)}`;
    return waitUntil({ what: "the queue is programmed", seconds: 60, detail }, async () => {
      const state = await programmedState(cluster.kubectl, object);
      last = state.said;
      return state.isProgrammed;
    });
  };

  /** The metrics of the queue, by what follows `queue.` in their names. */
  const metrics = async (): Promise<ReadonlyMap<string, string>> => {
    const proxy = { namespace: "bookinfo", target: "deployment/compute" };
    const text = await askProxy(cluster.kubectl, proxy, "stats?filter=expedite.inbound.queue");
    return new Map(
      [...text.matchAll(/expedite\.inbound\.queue\.(\S+): (.*)/g)].map(([, name = "", value = ""]) => [name, value]),
    );
  };

  /** Until requests that began under the earlier configuration have ended. */
  const settled = (): Promise<void> => sleep(3_000);
  const aWhile = (): Promise<void> => sleep(10_000);

  test("without a queue", () => loaded("without a queue", aWhile));

  test("no request fails while the queue comes", () =>
    loaded("the queue comes", async () => {
      await apply(6);
      await programmed();
      await settled();
    }));

  test("requests wait in the sidecar, and each finds its turn", async () => {
    await loaded("with a limit of 6", aWhile);
    const found = await metrics();
    assert.match(found.get("wait_ms.batch") ?? "", /P\d/, "exports have waited");
    for (const [name, value] of found)
      if (/^(in_flight|late|length\.)/.test(name)) assert.equal(value, "0", `${name}, without requests`);
  });

  test("no request fails while its limit changes, and when it goes", async () => {
    await loaded("the limit changes", async () => {
      await apply(5);
      await programmed();
      await settled();
    });
    await loaded("the queue goes", async () => {
      await cluster.kubectl(["-n", "bookinfo", "delete", "requestqueue", "compute"]);
      await waitUntil({ what: "the proxy has no queue any more", seconds: 60 }, async () => {
        const proxy = { namespace: "bookinfo", target: "deployment/compute" };
        return !(await askProxy(cluster.kubectl, proxy, "listeners")).includes("expedite-queue");
      });
      await settled();
    });
  });

  test("the users' objects did not change", () => untouched());
});
