// What is taken back when a proxy refuses a push, of plain data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../core/manifest.ts";
import { ChangeTracker } from "../proxies/change-tracker.ts";
import { SyncStatus } from "../proxies/sync-status.ts";
import { keyOf, summaryOf } from "../reconcile/object-summary.ts";
import type { OwnedObject, ProxyReport } from "../reconcile/ports.ts";
import { Rollback } from "./rollback.ts";

function object(kind: string, spec: Manifest["spec"]): OwnedObject {
  const ref: Manifest = {
    ...{ apiVersion: "networking.istio.io/v1", kind, spec },
    metadata: { name: "expedite", namespace: "shop", labels: {} },
  };
  return { ref, summary: summaryOf(ref) };
}

const report = (refused?: string): ProxyReport => ({
  ...{ namespace: "shop", pod: "web", istioVersion: "1.31.0", isGateway: false, istiod: "one" },
  exchanges: { CDS: { nonce: refused ?? "1", isAcknowledged: true, ...(refused === undefined ? {} : { refused }) } },
});

/** A while after our first change, and a refusal of clusters that came with it: what is left, and who must not see subsets. */
function after(message: string, objects: readonly OwnedObject[]) {
  const wanted = new Map(objects.map((one) => [keyOf(one.ref), one]));
  const syncStatus = new SyncStatus();
  const rollback = new Rollback(new ChangeTracker(syncStatus, 0));
  syncStatus.report([report()], 0);
  rollback.look(syncStatus, wanted, 0);
  for (const one of objects) rollback.wrote(one, 1, 10);
  syncStatus.report([report(message)], 100);
  for (const now of [100, 6_000]) rollback.look(syncStatus, wanted, now);
  const left = [...rollback.remaining(wanted).values()].map(({ ref }) => ref.kind);
  return { left, hidden: [...rollback.refusingSubsets()] };
}

test("of an EnvoyFilter and subsets that is taken back which the words name; both where they name none", () => {
  const filter = object("EnvoyFilter", {
    configPatches: [{ applyTo: "CLUSTER", patch: { operation: "ADD", value: { name: "expedite|batch|80|a" } } }],
  });
  const rule = object("DestinationRule", { host: "a", subsets: [{ name: "expedite-batch" }] });
  const told = (message: string) => after(message, [filter, rule]);
  const rest = ["DestinationRule"];
  assert.deepEqual(told("cluster expedite|batch|80|a: no such extension"), { left: rest, hidden: [] });
  const all = ["EnvoyFilter", "DestinationRule"];
  assert.deepEqual(told("cluster outbound|80|expedite-batch|a: not provided"), { left: all, hidden: ["shop"] });
  assert.deepEqual(told("value must be greater than 0s"), { left: rest, hidden: ["shop"] });
});
