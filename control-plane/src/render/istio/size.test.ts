// The size of the objects for a large mesh of plain Services: a thousand Services, and fifty namespaces that all see them. The figures are
// printed; what is asserted is that nothing in an EnvoyFilter grows with the Services.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../../core/manifest.ts";
import { loadSnapshot } from "../../files/snapshot.ts";
import { translate } from "../../translate/translate.ts";
import { moduleOf } from "./filter.ts";
import { renderIstio } from "./render.ts";

const module = moduleOf(new Uint8Array(4));

/** Services spread over enrolled namespaces, each with a port 80 named http. */
function meshOf(services: number, namespaces: number, hosts?: readonly string[]) {
  const ladder = {
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: {
      levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1", minShare: "5%" }],
      defaultLevel: "interactive",
      ...(hosts === undefined ? {} : { levelClusters: { hosts } }),
    },
  };
  const nameOf = (index: number) => `team-${index % namespaces}`;
  const values = [
    ladder,
    ...Array.from({ length: namespaces }, (_, index) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: nameOf(index), labels: { "expedite.dev/enrolled": "true" } },
    })),
    ...Array.from({ length: services }, (_, index) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `service-${index}`, namespace: nameOf(index) },
      spec: {
        clusterIP: `10.96.${index >> 8}.${index & 255}`,
        selector: { app: `service-${index}` },
        ports: [{ name: "http", port: 80, targetPort: 8080 }],
      },
    })),
  ];
  const loaded = loadSnapshot({ documents: values.map((value) => ({ value, where: () => "mesh" })), problems: [] });
  assert.ok("snapshot" in loaded, "problems" in loaded ? loaded.problems.join("\n") : "");
  return loaded.snapshot;
}

function measured(services: number, namespaces: number) {
  const snapshot = meshOf(services, namespaces);
  const start = performance.now();
  const { plan } = translate(snapshot);
  const between = performance.now();
  const manifests = renderIstio(plan, module);
  const end = performance.now();
  const bytesOf = (kind: string): number =>
    manifests.filter((one: Manifest) => one.kind === kind).reduce((sum, one) => sum + JSON.stringify(one).length, 0);
  const figures = { filters: bytesOf("EnvoyFilter"), rules: bytesOf("DestinationRule"), objects: manifests.length };
  const millis = { translate: Math.round(between - start), render: Math.round(end - between) };
  console.log(`${services} services, ${namespaces} namespaces: ${JSON.stringify({ ...figures, ...millis })}`);
  return figures;
}

test("ten times as many Services add not one byte to the EnvoyFilters", () => {
  const [small, large] = [measured(100, 50), measured(1000, 50)];
  assert.equal(large.filters, small.filters);
  assert.ok(large.filters < 1_000_000, `${large.filters}`);
});

test("if the ladder lists 20 of 1,000 Services, only these have subsets", () => {
  const listed = Array.from({ length: 20 }, (_, index) => `service-${index}.team-${index}.svc.cluster.local`);
  const { plan } = translate(meshOf(1000, 50, listed));
  const rules = renderIstio(plan, module).filter(({ kind }) => kind === "DestinationRule");
  assert.deepEqual(rules.map(({ spec }) => (spec as { host: string }).host).sort(), listed.sort());
});
