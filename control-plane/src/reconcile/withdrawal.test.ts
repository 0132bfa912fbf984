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

test("an EnvoyFilter's clusters are suspects, a DestinationRule's subsets are not", () => {
  const filter = object("EnvoyFilter", {
    configPatches: [{ applyTo: "CLUSTER", patch: { operation: "ADD", value: { name: "expedite|batch|80|a" } } }],
  });
  const rule = object("DestinationRule", { host: "a", subsets: [{ name: "batch" }] });
  const wanted = new Map([filter, rule].map((one) => [keyOf(one.ref), one]));
  const [withdrawal, observation] = [new Withdrawal(), new Observation()];
  observation.report([report()], 0);
  withdrawal.look(observation, wanted, 0);
  for (const one of wanted.values()) withdrawal.wrote(one, 1, 10);
  observation.report([report("no such thing")], 100);
  for (const now of [100, 6_000]) withdrawal.look(observation, wanted, now);
  assert.deepEqual([...withdrawal.remaining(wanted, () => true, 6_000).keys()], [keyOf(rule.ref)]);
});
