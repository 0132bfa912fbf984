// Files are read as by kubectl, and an application's folder may contain anything.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ladder, policy } from "../../test/refused.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { readDocuments } from "./documents.ts";
import { type Loaded, loadSnapshot } from "./snapshot.ts";

const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

function load(text: string, name = "input.yaml", clusterDomain?: string): Loaded {
  const file = join(folder, name);
  writeFileSync(file, text);
  return loadSnapshot(readDocuments([file]), { clusterDomain });
}

function read(text: string, name?: string, clusterDomain?: string): Snapshot & { readonly notes: readonly string[] } {
  const loaded = load(text, name, clusterDomain);
  assert.ok("snapshot" in loaded, "problems" in loaded ? loaded.problems.join("\n") : "");
  return { ...loaded.snapshot, notes: loaded.notes };
}

function refused(text: string): readonly string[] {
  const loaded = load(text);
  return "problems" in loaded ? loaded.problems.map((line) => line.replaceAll(`${folder}/`, "")) : [];
}

const both = `${ladder}---\n${policy}`;
const levelOf = ({ policies }: Snapshot, index: number) => policies[0]?.spec.rules?.[index]?.level;

test("a merge key adds the fields that its map does not have itself", () => {
  const merged = both
    .replace("- name: exports", "- &one\n      name: exports")
    .concat("    - { <<: *one, name: again, match: {} }\n    - { <<: [{ level: interactive }, *one], name: third }\n");
  const found = read(merged);
  assert.deepEqual(
    [0, 1, 2].map((index) => levelOf(found, index)),
    ["batch", "batch", "interactive"],
  );
  assert.deepEqual(found.policies[0]?.spec.rules?.[2]?.match.path, { prefix: "/export" });
});

test("a duplicate key in a map is refused, because the last one would silently win", () => {
  assert.deepEqual(refused(both.replace("  defaultLevel: interactive", "  levels: []\n  defaultLevel: interactive")), [
    "input.yaml:8:3: this key is already in the map, and kubectl would silently take the last one; remove one",
  ]);
});

test("text that other YAML versions read as a time or as base 60 stays text, and so does a quoted word", () => {
  const value = (said: string) =>
    read(both.replace("{ path: { prefix: /export } }", `{ headers: [{ name: x-a, exact: ${said} }] }`)).policies[0]
      ?.spec.rules?.[0]?.match.headers?.[0]?.exact;
  assert.deepEqual(["2026-01-01", "1:30", "'on'", '"no"'].map(value), ["2026-01-01", "1:30", "on", "no"]);
});

test("a single dot is text, a number that ends in one is not", () => {
  const rule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: own, namespace: shop }
spec: { host: a, exportTo: [.], trafficPolicy: { connectionPool: { tcp: { maxConnections: 7. } } } }
`;
  const [found] = read(`${both}---\n${rule}`).destinationRules;
  assert.deepEqual(found?.spec.exportTo, ["."]);
  assert.deepEqual(found?.spec.trafficPolicy?.connectionPool, { tcp: { maxConnections: 7 } });
});

test('mode may be "Off" in quotes', () => {
  assert.equal(read(both.replace("spec:\n  levels", 'spec:\n  mode: "Off"\n  levels')).ladder.spec.mode, "Disabled");
});

test("JSON, lists and lists of one kind are read; comments and empty documents are ignored", () => {
  const of = (kind: string, value: object): object => ({ apiVersion: "v1", kind, ...value });
  const service = { metadata: { name: "web", namespace: "shop" }, spec: { ports: [{ port: 80 }] } };
  const items = [of("Service", service), of("Pod", { metadata: { name: "web-1" }, spec: {} })];
  const json = JSON.stringify(of("List", { items }), undefined, "\t");
  assert.deepEqual(
    read(`# a comment\n---\n---\n# another\n${both}---\n${json}\n`).services.map(({ metadata }) => metadata.name),
    ["web"],
  );
  assert.equal(read(`${both}---\n${JSON.stringify(of("ServiceList", { items: [service] }))}`).services.length, 1);
  const problems = load(json, "input.json");
  assert.deepEqual("problems" in problems ? problems.problems : [], [
    "the files have no PriorityLadder named default; add one, e.g. what `kubectl get priorityladder default -o yaml` prints",
  ]);
});

test("unknown kinds are skipped with one note each, even if another group has a known kind of that name", () => {
  const objects = ["batch/v1 Job", "batch/v1 Job", "v1 ServiceAccount", "serving.knative.dev/v1 Service"];
  const text = objects.map((one) => {
    const [apiVersion, kind] = one.split(" ");
    return `---\n{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: web }, spec: { any: thing } }\n`;
  });
  assert.deepEqual(read(`${both}${text.join("")}`).notes, [
    "Job (batch): 2 objects are skipped, because Expedite does not read this kind",
    "ServiceAccount: 1 object is skipped, because Expedite does not read this kind",
    "Service (serving.knative.dev): 1 object is skipped, because Expedite does not read this kind",
  ]);
});

const meshConfig = (name: string, mesh: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: istio-config }\ndata:\n  mesh: |-\n    ${mesh.replaceAll("\n", "\n    ")}\n`;

test("the mesh config comes from a ConfigMap istio, whose namespace is the root namespace unless it names another", () => {
  const said =
    'trustDomain: prod.example\ndefaultVirtualServiceExportTo: ["."]\ndefaultHttpRetryPolicy: { attempts: 5 }';
  const expected = {
    ...{ rootNamespace: "istio-config", istiodNamespace: "istio-config" },
    ...{ trustDomains: ["prod.example"], clusterDomain: "corp.local" },
    defaultExportTo: { service: ["*"], virtualService: ["."], destinationRule: ["*"] },
    defaultRetries: { attempts: 5 },
  };
  assert.deepEqual(read(`${both}${meshConfig("istio", said)}`, "input.yaml", "corp.local").mesh, expected);
  const revision = read(`${both}${meshConfig("istio-1-30", `${said}\nrootNamespace: other`)}`);
  assert.deepEqual(revision.mesh, { ...expected, rootNamespace: "other", clusterDomain: "cluster.local" });
  assert.deepEqual(read(`${both}${meshConfig("mine", said)}`).mesh.trustDomains, ["cluster.local"]);
});

test("mesh configs that differ or are invalid are refused", () => {
  assert.deepEqual(
    refused(`${both}${meshConfig("istio", "trustDomain: a")}${meshConfig("istio-b", "trustDomain: b")}`),
    [
      "input.yaml:32: ConfigMap istio-b: data.mesh differs from the mesh config of input.yaml:21; give the files of one revision",
    ],
  );
  assert.deepEqual(refused(`${both}${meshConfig("istio", "trustDomain: [a]")}`), [
    "input.yaml:25: ConfigMap istio: data.mesh: trustDomain: must be a string",
  ]);
});

test("hosts of Services in another domain get a note", () => {
  const objects = `---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { ports: [{ port: 80 }] } }
---
{ apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: { name: web, namespace: shop }, spec: { host: web.shop.svc.corp.local } }
`;
  assert.deepEqual(read(`${both}${objects}`).notes, [
    "hosts end in .svc.corp.local, but the cluster's domain is cluster.local, so they are not Services; if it is wrong, add --cluster-domain corp.local",
  ]);
  assert.deepEqual(read(`${both}${objects}`, "input.yaml", "corp.local").notes, []);
});
