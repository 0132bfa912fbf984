// Someone deletes objects that Expedite wrote, or the ladder that owns them: the controller writes the objects again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitUntil } from "../../process/wait.ts";
import { ladder } from "../policies.ts";
import { byExpedite, nothingWritten } from "../written.ts";
import type { Enrolled } from "./enrolled.ts";
import { demotes } from "./level-connections.ts";

/** `named` is part of the names of the deleted objects. */
const cases = [
  { what: "the routes' EnvoyFilters", kind: "envoyfilters", named: /routes/ },
  { what: "the DestinationRules", kind: "destinationrules", named: /./ },
  { what: "the clusters' EnvoyFilters", kind: "envoyfilters", named: /clusters/ },
  { what: "the filter's EnvoyFilters", kind: "envoyfilters", named: /filter/ },
] as const;

export function deletedByHand(mesh: () => Enrolled): void {
  for (const { what, kind, named } of cases)
    test(`${what} of a namespace are deleted by hand and come back`, async () => {
      const { cluster } = mesh();
      const found = async (): Promise<ReadonlyMap<string, { readonly uid: string; readonly spec: string }>> => {
        const text = await cluster.kubectl(["-n", "bookinfo", "get", kind, ...byExpedite, "-o", "json"]);
        const { items } = JSON.parse(text) as {
          readonly items: readonly { readonly metadata: { name: string; uid: string }; readonly spec: unknown }[];
        };
        const those = items.filter(({ metadata: { name } }) => named.test(name));
        return new Map(those.map(({ metadata: { name, uid }, spec }) => [name, { uid, spec: JSON.stringify(spec) }]));
      };
      const before = await found();
      assert.ok(before.size > 0, "such objects exist");
      await mesh().withoutFailures(`${what} deleted by hand`, async () => {
        const start = performance.now();
        await cluster.kubectl(["-n", "bookinfo", "delete", kind, ...before.keys()]);
        await waitUntil({ what: "new objects with the same content exist", seconds: 20 }, async () => {
          const now = await found();
          return [...before].every(
            ([name, { uid, spec }]) => now.get(name)?.spec === spec && now.get(name)?.uid !== uid,
          );
        });
        console.log(`${before.size} objects were back after ${Math.round(performance.now() - start)} ms`);
        await mesh().inForce();
      });
      await demotes(cluster);
    });

  test("the ladder is deleted by hand and Kubernetes collects what it owns, until the user creates it again", async () => {
    const { cluster } = mesh();
    await mesh().withoutFailures("the ladder deleted by hand", async () => {
      const start = performance.now();
      await cluster.kubectl(["delete", "ladder", "default"]);
      await nothingWritten(cluster.kubectl);
      console.log(`everything was removed after ${Math.round(performance.now() - start)} ms`);
      await mesh().apply(ladder("Enforce"));
      await mesh().inForce(60);
    });
    await demotes(cluster);
  });
}
