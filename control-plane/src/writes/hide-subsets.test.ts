// Subsets are hidden from namespaces that refuse clusters, and stay for all others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { destinationRule as userRule } from "../api/istio.ts";
import type { Manifest } from "../core/manifest.ts";
import type { DesiredState } from "../reconcile/desired-state.ts";
import { keyOf, summaryOf } from "../reconcile/object-summary.ts";
import { destinationRule } from "../render/istio/destination-rule.ts";
import { hideSubsets } from "./hide-subsets.ts";

const host = "reviews.shop.svc.cluster.local";
const rule = (exportTo: readonly string[]): Manifest =>
  destinationRule({ host, namespace: "shop", exportTo, subsets: [{ level: "batch", labels: {} }] });

function desiredStateOf(...manifests: readonly Manifest[]): DesiredState {
  const byKey = new Map(manifests.map((manifest) => [keyOf(manifest), manifest]));
  return {
    ...{ revision: 1, generations: new Map(), verdicts: [], withheld: new Map(), reach: new Map(), drop: () => {} },
    wanted: new Map([...byKey].map(([key, ref]) => [key, { ref, summary: summaryOf(ref) }])),
    manifest: (key) => byKey.get(key)!,
  };
}
const exportsOf = (desired: DesiredState): readonly unknown[] =>
  [...desired.wanted!.keys()].map((key) => (desired.manifest(key).spec as { exportTo: unknown }).exportTo);

test("another namespace keeps the subsets, and the wanted rule is written", () => {
  const hidden = hideSubsets(desiredStateOf(rule(["jobs", "shop"])), new Set(["shop"]), []);
  assert.deepEqual(exportsOf(hidden), [["jobs"]]);
  for (const [key, { summary }] of hidden.wanted!) assert.deepEqual(summary, summaryOf(hidden.manifest(key)));
});

test("a rule that no namespace would see is removed; one that they never saw is left alone", () => {
  assert.equal(hideSubsets(desiredStateOf(rule(["shop"])), new Set(["shop"]), []).wanted?.size, 0);
  const desired = desiredStateOf(rule(["jobs"]));
  assert.deepEqual(hideSubsets(desired, new Set(["shop"]), []).wanted, desired.wanted);
  assert.equal(hideSubsets(desired, new Set(), []), desired);
});

test("next to a user's rule exportTo can't differ, so Expedite's rule is removed", () => {
  const user = userRule.parse({
    ...{
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name: "reviews", namespace: "shop" },
    },
    spec: { host, exportTo: ["jobs", "shop"] },
  });
  assert.equal(hideSubsets(desiredStateOf(rule(["jobs", "shop"])), new Set(["shop"]), [user]).wanted?.size, 0);
});

test("a rule for all namespaces is removed", () => {
  for (const exportTo of [[], ["*"], ["."]])
    assert.equal(hideSubsets(desiredStateOf(rule(exportTo)), new Set(["shop"]), []).wanted?.size, 0);
});
