// What is taken back when a proxy refuses a push, of plain data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../core/manifest.ts";
import { contentOf, keyOf } from "./content.ts";
import { Observation } from "./observation.ts";
import type { OwnedObject, ProxyReport } from "./ports.ts";
import { Withdrawal } from "./withdrawal.ts";

function object(kind: string, spec: Manifest["spec"]): OwnedObject {
  const labels = { "expedite.dev/step": "clusters" };
  const ref: Manifest = {
    ...{ apiVersion: "networking.istio.io/v1", kind, spec },
    metadata: { name: "expedite", namespace: "shop", labels },
  };
  return { ref, content: contentOf(ref) };
}

const report = (refused?: string): ProxyReport => ({
  ...{ namespace: "shop", pod: "web", istioVersion: "1.31.0", isGateway: false, istiod: "one" },
  exchanges: { CDS: { nonce: refused ?? "1", isAcknowledged: true, ...(refused === undefined ? {} : { refused }) } },
});

/** A while after our first change, and a refusal of clusters that came with it: what is left, and who must not see subsets. */
function after(message: string, objects: readonly OwnedObject[]) {
  const wanted = new Map(objects.map((one) => [keyOf(one.ref), one]));
  const [withdrawal, observation] = [new Withdrawal(), new Observation()];
  observation.report([report()], 0);
  withdrawal.look(observation, wanted, 0);
  for (const one of objects) withdrawal.wrote(one, 1, 10);
  observation.report([report(message)], 100);
  for (const now of [100, 6_000]) withdrawal.look(observation, wanted, now);
  const left = [...withdrawal.remaining(wanted, () => true, 6_000).values()].map(({ ref }) => ref.kind);
  return { left, hidden: [...withdrawal.refusingSubsets()] };
}

test("an EnvoyFilter is taken back; subsets are hidden unless only clusters of an EnvoyFilter are refused", () => {
  const filter = object("EnvoyFilter", {
    configPatches: [{ applyTo: "CLUSTER", patch: { operation: "ADD", value: { name: "expedite|batch|80|a" } } }],
  });
  const rule = object("DestinationRule", { host: "a", subsets: [{ name: "expedite-batch" }] });
  const left = ["DestinationRule"];
  const told = (message: string) => after(message, [filter, rule]);
  assert.deepEqual(told("cluster expedite|batch|80|a: no such extension"), { left, hidden: [] });
  assert.deepEqual(told("cluster outbound|80|expedite-batch|a: not provided"), { left, hidden: ["shop"] });
  assert.deepEqual(told("value must be greater than 0s"), { left, hidden: ["shop"] });
});
