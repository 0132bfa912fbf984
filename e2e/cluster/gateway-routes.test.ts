// Users' routes at gateways of the Gateway API and of Istio, with policies in force: requests of level batch leave on connections of their
// own and follow weights, delegates and rewrites. The status names the field that keeps a route's requests on shared connections.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { applyObjects } from "../kubernetes/apply.ts";
import { available } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { waitUntil } from "../process/wait.ts";
import { expedite } from "./commands/expedite.ts";
import { conditions, controllerLog } from "./controller.ts";
import { enrolledMesh } from "./faults/enrolled-mesh.ts";
import { failures, whileLoaded } from "./fixed-rate.ts";
import { between, levelsOfTest } from "./routes/caller.ts";
import { requestsFor, untilSent } from "./routes/canary.ts";
import { type Gateway, gateways, host, metBy, queryOf, sentBy } from "./routes/gateways.ts";
import { inCluster } from "./suite.ts";

const manifest = (name: string): string => readFileSync(join(import.meta.dirname, "manifests", name), "utf8");
const weights = { "reviews-v1": 70, "reviews-v2": 30 } as const;
/** Allowed deviation of v2's share from its weight, in percentage points. */
const points = 5;

describe("routes at gateways", inCluster, () => {
  let cluster: Cluster;
  const { mesh, untouched } = enrolledMesh(async (started) => {
    cluster = started;
    for (const name of ["istio-gateway.yaml", "versions.yaml"]) await applyObjects(cluster.kubectl, manifest(name));
    await available(cluster.kubectl, "ingress", "ingress");
  });

  for (const [name, gateway] of Object.entries(gateways))
    test(`${name}: both levels follow the weights, each on its own connections`, async () => {
      await takesItsConnections(gateway, "/split");
      const load = (query: string) => ({ url: `${gateway.url}/split${query}`, perSecond: 150, headers: [host] });
      const before = await sentBy(cluster, gateway);
      const loads = { batch: load(queryOf.batch), others: load(queryOf.others) };
      const count = requestsFor(weights["reviews-v2"], points);
      const results = await whileLoaded(cluster, loads, () => untilSent(count, () => sentBy(cluster, gateway)));
      const sent = between(before, await sentBy(cluster, gateway));
      for (const level of levelsOfTest) {
        const { requests, errors } = results[level];
        const failed = failures(results[level]).length;
        const on = requests.filter(({ met }) => met.startsWith("reviews-v2 ")).length;
        const percent = (100 * on) / requests.length;
        console.log(
          `${name}, ${level}: ${requests.length} requests, ${failed} failed, ${sent[level]} on the level's connections, v2 ${percent.toFixed(1)} % at weight ${weights["reviews-v2"]}`,
        );
        assert.equal(failed, 0, errors.join("\n"));
        assert.ok(Math.abs(percent - weights["reviews-v2"]) <= points, `${percent} %`);
        assert.equal(sent[level], requests.length);
      }
    });

  test("Istio's gateway: a delegate's rewrite applies to both levels, on the level's connections", async () => {
    const gateway = gateways["Istio's gateway"];
    await takesItsConnections(gateway, "/delegated/old/x");
    await takesItsConnections(gateway, "/delegated/y");
    const before = await sentBy(cluster, gateway);
    const counts = { batch: 0, others: 0 };
    for (const level of levelsOfTest) {
      const query = queryOf[level];
      const rewritten = await metBy(cluster, gateway, `/delegated/old/x${query}`);
      const others = await metBy(cluster, gateway, `/delegated/y${query}`);
      assert.deepEqual([...new Set(rewritten)], ["reviews-v2 /new/x"], level);
      assert.deepEqual([...new Set(others)], ["reviews-v1 /delegated/y"], level);
      counts[level] = rewritten.length + others.length;
    }
    assert.deepEqual(between(before, await sentBy(cluster, gateway)), counts);
  });

  test("Istio's gateway: a header operation applies to both levels, which share connections, and the status names its field", async () => {
    const gateway = gateways["Istio's gateway"];
    await says("VirtualService bookinfo/reviews-edge: spec.http[2].headers", "at-istio");
    const before = await sentBy(cluster, gateway);
    let count = 0;
    for (const level of levelsOfTest) {
      const met = await metBy(cluster, gateway, `/marked${queryOf[level]}`);
      assert.deepEqual([...new Set(met)], ["reviews-v1 /marked x-route=marked"], level);
      count += met.length;
    }
    assert.deepEqual(between(before, await sentBy(cluster, gateway)), { batch: 0, others: count });
  });

  test("a route that matches on the level's header keeps its host's requests on shared connections, and the status says so", async () => {
    const reading = {
      ...{ apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
      metadata: { name: "details", namespace: "bookinfo" },
      spec: {
        hosts: ["details"],
        http: [
          {
            name: "low",
            match: [{ headers: { "x-request-priority": { exact: "batch" } } }],
            route: [{ destination: { host: "details" } }],
          },
          { name: "rest", route: [{ destination: { host: "details" } }] },
        ],
      },
    };
    await mesh().apply(reading);
    await says("VirtualService bookinfo/details: spec.http[0].match[0]", "exports");
    await cluster.kubectl(["-n", "bookinfo", "delete", "virtualservice", "details"]);
  });

  test("the users' objects did not change", () => untouched());

  /** Waits until requests of level batch take their level's connections. */
  async function takesItsConnections(gateway: Gateway, path: string): Promise<void> {
    const detail = (): Promise<string> => controllerLog(cluster.kubectl);
    await waitUntil({ what: `batch takes its level's connections to ${path}`, seconds: 45, detail }, async () => {
      const before = await sentBy(cluster, gateway);
      const met = await metBy(cluster, gateway, `${path}${queryOf.batch}`);
      return between(before, await sentBy(cluster, gateway)).batch === met.length;
    });
  }

  /** Waits until the policy's condition and `expedite status` contain the text. */
  async function says(text: string, policy: string): Promise<void> {
    let last = "";
    const detail = (): string => last;
    await waitUntil({ what: `policy and status say: ${text}`, seconds: 30, detail }, async () => {
      const found = await conditions(cluster.kubectl, { kind: "prio", name: policy, namespace: "bookinfo" });
      const { stdout } = await expedite(cluster, "status");
      last = `${JSON.stringify(found, undefined, 2)}\n${stdout}`;
      return found.some(({ message }) => message.includes(text)) && stdout.includes(text);
    });
    console.log(last.match(new RegExp(`^.*${text.replaceAll(/[.[\]]/g, "\\$&")}.*$`, "gm"))?.join("\n"));
  }
});
