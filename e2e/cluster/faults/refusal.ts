// Envoy refuses what istiod, the API server and the preflight took: the status says who refused what, ours is taken back, and it
// comes again by itself when the cause is gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Condition, conditions } from "../controller.ts";
import { waitUntil } from "../wait.ts";
import type { Enrolled } from "./enrolled.ts";
import { callsByLevel, demotes } from "./level-connections.ts";

/** A user tunes the clusters of our level. Without the level nothing matches, and nothing is wrong. */
const tuning = (value: object) => ({
  ...{ apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
  metadata: { name: "tuning", namespace: "bookinfo" },
  spec: {
    priority: 100,
    configPatches: [
      {
        ...{ applyTo: "CLUSTER", match: { context: "SIDECAR_OUTBOUND", cluster: { subset: "expedite-batch" } } },
        patch: { operation: "MERGE", value },
      },
    ],
  },
});

/** Taken with the rest of a push, but for the clusters themselves; and a value for which Envoy refuses the whole push. */
const cases = [
  { what: "each of the level's clusters", value: { lb_policy: "CLUSTER_PROVIDED" } },
  { what: "every cluster of the push", value: { connect_timeout: "0s" } },
] as const;

export function refusal(mesh: () => Enrolled): void {
  for (const { what, value } of cases)
    test(`Envoy refuses ${what}: said, taken back, and made again when the cause is gone`, async (context) => {
      const { cluster } = mesh();
      const remove = (kind: string, name: string): Promise<string> =>
        cluster.kubectl(["-n", "bookinfo", "delete", kind, name, "--ignore-not-found"]);
      const programmed = async (): Promise<Condition | undefined> =>
        (await conditions(cluster.kubectl, "prio", "exports", "bookinfo")).find(({ type }) => type === "Programmed");
      /** Ours in a namespace, and which edition of it. */
      const ours = (namespace: string): Promise<string> => {
        const path = "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.metadata.generation}{'\\n'}{end}";
        const selector = ["-l", "app.kubernetes.io/managed-by=expedite"];
        return cluster.kubectl(["-n", namespace, "get", "envoyfilters", ...selector, "-o", path]);
      };
      /** Clusters of levels that a proxy has. */
      const clusters = async (): Promise<readonly string[]> => {
        const agent = ["-c", "istio-proxy", "--", "pilot-agent", "request", "GET", "clusters"];
        const text = await cluster.kubectl(["-n", "bookinfo", "exec", "deployment/frontend", ...agent]);
        return [
          ...new Set(
            [...text.matchAll(/^(expedite\|\S*?|outbound\|\d+\|expedite-\S*?)::/gm)].map(([, name = ""]) => name),
          ),
        ];
      };
      context.after(() => remove("envoyfilter", "tuning"));
      await remove("prio", "exports");
      await waitUntil(
        { what: "bookinfo has nothing of ours", seconds: 30 },
        async () => (await ours("bookinfo")) === "",
      );
      await mesh().apply(tuning(value));
      await mesh().withoutFailures(`refused: ${what}`, async () => {
        await mesh().change();
        let last: Condition | undefined;
        const detail = (): string => JSON.stringify(last);
        await waitUntil({ what: "the status names proxy and object", seconds: 30, detail }, async () => {
          last = await programmed();
          const { status, reason = "", message = "" } = last ?? {};
          const isRefused = status === "False" && ["Refused", "Withheld"].includes(reason);
          return (
            isRefused &&
            /(frontend|details|reviews|ratings)-v?\w+-/.test(message) &&
            /EnvoyFilter|DestinationRule/.test(message)
          );
        });
        console.log(`status: ${last?.reason}: ${last?.message.slice(0, 400)}`);
        await waitUntil({ what: "no cluster of a level is there", seconds: 30 }, async () => {
          assert.deepEqual(await clusters(), []);
          return true;
        });
        const jobs = await ours("jobs");
        assert.notEqual(jobs, "");
        const elsewhere = await callsByLevel(cluster, "deployment/caller-n1").catch((error: Error) => error);
        // It stays so as long as the cause does.
        await sleep(5_000);
        assert.equal((await programmed())?.status, "False");
        assert.deepEqual(await clusters(), []);
        assert.equal(await ours("jobs"), jobs, "what another namespace has stays");
        const start = performance.now();
        await mesh().apply(tuning({ connect_timeout: "2s" }));
        await mesh().inForce(90);
        console.log(`programmed ${Math.round((performance.now() - start) / 1000)} s after the cause was gone`);
        assert.equal(elsewhere, undefined, "another namespace keeps its levels' connections");
      });
      await demotes(cluster);
      await remove("envoyfilter", "tuning");
      await mesh().inForce();
    });
}
