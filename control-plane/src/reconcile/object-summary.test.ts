// What is compared of an object: the same for a wanted object and for the one that the API server stores.
import assert from "node:assert/strict";
import { test } from "node:test";
import { managedBy, moduleLabel } from "../core/labels.ts";
import { summaryOf } from "./object-summary.ts";

const cluster = {
  applyTo: "CLUSTER",
  match: { context: "GATEWAY" },
  patch: { operation: "ADD", value: { name: "expedite|batch|80|a" } },
};
const route = {
  applyTo: "HTTP_ROUTE",
  match: { context: "GATEWAY" },
  patch: {
    value: { map: { batch: { action: { cluster: "expedite|batch|80|a" } } }, onNoMatch: { cluster: "outbound|80||a" } },
  },
};
const extension = {
  applyTo: "EXTENSION_CONFIG",
  patch: {
    value: {
      name: "expedite-inbound-1",
      typed_config: {
        config: {
          name: "expedite-inbound",
          vm_config: { configuration: { value: "0123" } },
          configuration: { value: "foobar" },
        },
      },
    },
  },
};
const labels = { ...managedBy, [moduleLabel]: "one" };
const object = (configPatches: readonly unknown[], more: object = {}) => ({
  metadata: { labels, ...more },
  spec: { priority: 10, workloadSelector: { labels: { app: "edge" } }, configPatches },
});

/** As the API server returns it, with fields in its own order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reordered(field)]),
  );
}

test("the order of fields and other people's labels do not change the digest; anything that Expedite writes does", () => {
  const asked = object([cluster, route, extension]);
  const { digest } = summaryOf(asked);
  assert.equal(summaryOf(reordered(asked) as typeof asked).digest, digest);
  assert.equal(summaryOf(object([cluster, route, extension], { labels: { ...labels, team: "blue" } })).digest, digest);
  for (const other of [
    object([route, cluster, extension]),
    object([cluster, route, extension], { labels: { ...labels, [moduleLabel]: "other" } }),
    { ...asked, spec: { ...asked.spec, priority: 11 } },
  ])
    assert.notEqual(summaryOf(other).digest, digest);
});

test("labels are not part of the spec, the only part for which istiod pushes", () => {
  const asked = summaryOf(object([cluster]));
  const relabelled = summaryOf(object([cluster], { labels: managedBy }));
  assert.notEqual(relabelled.digest, asked.digest);
  assert.equal(relabelled.spec, asked.spec);
  assert.notEqual(summaryOf(object([route])).spec, asked.spec);
});

test("what an object changes, and in which proxies", () => {
  const { types, extensions, workloads, module } = summaryOf(object([cluster, route, extension]));
  assert.deepEqual(
    { types, extensions, workloads, module },
    {
      types: ["CDS", "RDS", "ECDS"],
      extensions: [{ name: "expedite-inbound", generation: "0123", hash: "85944171f73967e8" }],
      workloads: { isGateway: true, selector: { app: "edge" } },
      module: "one",
    },
  );
  const spec = { host: "a", exportTo: ["shop"], subsets: [{ name: "expedite-batch" }] };
  const rule = summaryOf({ kind: "DestinationRule", metadata: { labels }, spec });
  assert.deepEqual([rule.types, rule.exportTo, rule.extensions], [["CDS"], ["shop"], []]);
});
