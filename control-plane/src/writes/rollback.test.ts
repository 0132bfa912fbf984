// What is rolled back when a proxy refuses a push, on plain data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../core/manifest.ts";
import { ChangeTracker } from "../proxies/change-tracker.ts";
import { SyncStatus } from "../proxies/sync-status.ts";
import { keyOf, summaryOf } from "../reconcile/object-summary.ts";
import type { CacheState, OwnedObject, ProxyReport, ResourceType } from "../reconcile/ports.ts";
import { Rollback } from "./rollback.ts";

function object(kind: string, spec: Manifest["spec"], name = "expedite"): OwnedObject {
  const ref: Manifest = {
    ...{ apiVersion: "networking.istio.io/v1", kind, spec },
    metadata: { name, namespace: "shop", labels: {} },
  };
  return { ref, summary: summaryOf(ref) };
}

const report = (refused?: string, type: ResourceType = "CDS"): ProxyReport => ({
  ...{ namespace: "shop", pod: "web", istioVersion: "1.31.0", isGateway: false, istiod: "one" },
  exchanges: { [type]: { nonce: refused ?? "1", isAcknowledged: true, ...(refused === undefined ? {} : { refused }) } },
});

/** The pod of the refusing proxy, which runs an app `shop`. */
const pod: CacheState["pod"] = () => ({ labels: { app: "shop" }, isReady: true });

/** A while after the controller's first change, and a refusal of clusters that came with it: what is left, and who must not see subsets. */
function after(message: string, objects: readonly OwnedObject[], type?: ResourceType) {
  const wanted = new Map(objects.map((one) => [keyOf(one.ref), one]));
  const syncStatus = new SyncStatus();
  const rollback = new Rollback(new ChangeTracker(syncStatus, () => ({ after: 100, max: 10_000 }), 0));
  const seen = { syncStatus, objects: wanted, pod };
  syncStatus.report([report(undefined, type)], 0);
  rollback.observe({ ...seen, now: 0 });
  for (const one of objects) rollback.wrote(one, 1, 10);
  syncStatus.report([report(message, type)], 100);
  for (const now of [100, 6_000]) rollback.observe({ ...seen, now });
  const left = [...rollback.remaining(wanted).values()].map(({ ref }) => ref.kind);
  const names = [...rollback.remaining(wanted).values()].map(({ ref }) => ref.metadata.name);
  return { left, names, hidden: [...rollback.refusingSubsets()] };
}

test("of an EnvoyFilter and subsets, the one named in the message is rolled back, or both if it names none", () => {
  const filter = object("EnvoyFilter", {
    configPatches: [{ applyTo: "CLUSTER", patch: { operation: "ADD", value: { name: "expedite|batch|80|a" } } }],
  });
  const rule = object("DestinationRule", { host: "a", subsets: [{ name: "expedite-batch" }] });
  const told = (message: string) => {
    const { left, hidden } = after(message, [filter, rule]);
    return { left, hidden };
  };
  const rest = ["DestinationRule"];
  assert.deepEqual(told("cluster expedite|batch|80|a: no such extension"), { left: rest, hidden: [] });
  const all = ["EnvoyFilter", "DestinationRule"];
  assert.deepEqual(told("cluster outbound|80|expedite-batch|a: not provided"), { left: all, hidden: ["shop"] });
  assert.deepEqual(told("value must be greater than 0s"), { left: rest, hidden: ["shop"] });
});

test("an EnvoyFilter whose workload selector does not match the refusing proxy is not suspected", () => {
  const insert = (name: string, app: string | undefined, context = "SIDECAR_INBOUND") =>
    object(
      "EnvoyFilter",
      {
        ...(app === undefined ? {} : { workloadSelector: { labels: { app } } }),
        configPatches: [{ applyTo: "HTTP_FILTER", match: { context }, patch: { value: { name } } }],
      },
      name,
    );
  const filters = [
    insert("edge", "front"),
    insert("gateway", "shop", "GATEWAY"),
    insert("own", "shop"),
    insert("all", undefined),
  ];
  const refused = after("unknown filter", filters, "LDS");
  assert.deepEqual(refused.names, ["edge", "gateway"], "what remains");
  assert.deepEqual(after("expedite: unknown filter", filters.slice(0, 2), "LDS").names, ["edge", "gateway"]);
});
