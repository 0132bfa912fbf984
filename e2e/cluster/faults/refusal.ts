// Envoy refuses what istiod, the API server and the preflight accepted: the status names the proxy and the object, and the controller takes
// the object back and writes it again by itself once the cause is gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { type Condition, conditions, controllerLog, exportsPolicy } from "../controller.ts";
import { askProxy, levelClusters } from "../proxy.ts";
import { byExpedite, nothingWritten } from "../written.ts";
import type { Enrolled } from "./enrolled.ts";
import { callsByLevel, demotes } from "./level-connections.ts";

/** A user's EnvoyFilter that patches what Expedite wrote. Without Expedite it matches nothing, and nothing is wrong. */
interface Case {
  readonly what: string;
  readonly patch: object;
  readonly wrong: object;
  readonly right: object;
  /** What the status must name. */
  readonly named: RegExp;
  /** What the proxy no longer has after the rollback. */
  readonly gone: "clusters" | "filters";
}

const clusters = {
  patch: { applyTo: "CLUSTER", match: { context: "SIDECAR_OUTBOUND", cluster: { subset: "expedite-batch" } } },
  right: { connect_timeout: "2s" },
  named: /EnvoyFilter|DestinationRule/,
  gone: "clusters",
} as const;
const tuning = ({ patch }: Case, value: object) => ({
  ...{ apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
  metadata: { name: "tuning", namespace: "bookinfo" },
  // Applied after Expedite's EnvoyFilters.
  spec: { priority: 2_147_483_647, configPatches: [{ ...patch, patch: { operation: "MERGE", value } }] },
});

/** The first value makes Envoy refuse only those clusters of the push, the second the whole push. */
const cases: readonly Case[] = [
  { what: "each of the level's clusters", ...clusters, wrong: { lb_policy: "CLUSTER_PROVIDED" } },
  { what: "every cluster of the push", ...clusters, wrong: { connect_timeout: "0s" } },
];

export function refusal(mesh: () => Enrolled): void {
  for (const one of cases) {
    const { what, wrong, right, named, gone } = one;
    test(`Envoy refuses ${what}: reported, taken back, and written again once the cause is gone`, async (context) => {
      const { cluster } = mesh();
      const remove = (kind: string, name: string): Promise<string> =>
        cluster.kubectl(["-n", "bookinfo", "delete", kind, name, "--ignore-not-found"]);
      const programmed = async (): Promise<Condition | undefined> =>
        (await conditions(cluster.kubectl, exportsPolicy)).find(({ type }) => type === "Programmed");
      /** Expedite's EnvoyFilters in a namespace, each with its uid and generation. */
      const written = (namespace: string): Promise<string> => {
        const path = "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.metadata.generation}{'\\n'}{end}";
        return cluster.kubectl(["-n", namespace, "get", "envoyfilters", ...byExpedite, "-o", path]);
      };
      const proxy = { namespace: "bookinfo", target: "deployment/frontend" };
      /** What a proxy has from Expedite: clusters of levels, and the filter on its outbound side. */
      const present = {
        clusters: () => levelClusters(cluster.kubectl, proxy),
        filters: async (): Promise<readonly string[]> => {
          const text = await askProxy(cluster.kubectl, proxy, "config_dump?resource=dynamic_listeners");
          return text.match(/"name": "expedite-outbound"/g) ?? [];
        },
      };
      const kept = gone === "clusters" ? "filters" : "clusters";
      context.after(() => remove("envoyfilter", "tuning"));
      await remove("prio", "exports");
      await nothingWritten(cluster.kubectl, "bookinfo");
      await mesh().apply(tuning(one, wrong));
      await mesh().withoutFailures(`refused: ${what}`, async () => {
        await mesh().change();
        let last: Condition | undefined;
        const detail = async (): Promise<string> => `${JSON.stringify(last)}\n${await controllerLog(cluster.kubectl)}`;
        await waitUntil({ what: "the status names proxy and object", seconds: 30, detail }, async () => {
          last = await programmed();
          const { status, reason = "", message = "" } = last ?? {};
          const isRefused = status === "False" && ["Refused", "Withheld"].includes(reason);
          return isRefused && /(frontend|details|reviews|ratings)-v?\w+-/.test(message) && named.test(message);
        });
        console.log(`status: ${last?.reason}: ${last?.message.slice(0, 400)}`);
        await waitUntil({ what: `the proxy has no ${gone} of Expedite's`, seconds: 30 }, async () => {
          assert.deepEqual(await present[gone](), []);
          return true;
        });
        // Nothing else was taken back.
        assert.ok((await present[kept]()).length > 0, `the ${kept} remain`);
        const jobs = await written("jobs");
        assert.notEqual(jobs, "");
        const elsewhere = await callsByLevel(cluster, "deployment/caller-n1").catch((error: Error) => error);
        // That lasts as long as the cause.
        await sleep(5_000);
        assert.equal((await programmed())?.status, "False");
        assert.deepEqual(await present[gone](), []);
        assert.equal(await written("jobs"), jobs, "another namespace keeps its objects");
        const start = performance.now();
        await mesh().apply(tuning(one, right));
        await mesh().inForce(90);
        console.log(`programmed ${Math.round((performance.now() - start) / 1000)} s after the cause was gone`);
        assert.equal(elsewhere, undefined, "another namespace keeps its levels' connections");
      });
      await demotes(cluster);
      await remove("envoyfilter", "tuning");
      await mesh().inForce();
    });
  }
}
