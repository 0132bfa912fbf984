// What the arguments and the environment of istiod's pod tell of the mesh.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterDomainOf, debounceOf } from "./istiod-pods.ts";

const pod = (...args: readonly string[]) => ({
  spec: { containers: [{ name: "proxy" }, { name: "discovery", args }] },
});

test("the argument in both of its forms; without it, no domain", () => {
  assert.equal(clusterDomainOf(pod("discovery", "--domain", "corp.local", "--log_as_json")), "corp.local");
  assert.equal(clusterDomainOf(pod("discovery", "--domain=corp.local")), "corp.local");
  for (const args of [["discovery"], ["discovery", "--domain"], ["--domain="], ["--domains", "a"]])
    assert.equal(clusterDomainOf(pod(...args)), undefined);
  assert.equal(clusterDomainOf({}), undefined);
});

test("how long istiod waits for further changes: its environment, or Istio's defaults", () => {
  const of = (...env: readonly object[]) => debounceOf({ spec: { containers: [{ name: "proxy" }, { env }] } });
  assert.deepEqual(of(), { after: 100, max: 10_000 });
  assert.deepEqual(of({ name: "PILOT_DEBOUNCE_AFTER", value: "1.5s" }, { name: "PILOT_DEBOUNCE_MAX", value: "1m" }), {
    after: 1_500,
    max: 60_000,
  });
  assert.deepEqual(of({ name: "PILOT_DEBOUNCE_AFTER", valueFrom: {} }), { after: 100, max: 10_000 });
  assert.deepEqual(debounceOf({}), { after: 100, max: 10_000 });
});
