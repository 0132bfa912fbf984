// The shared route names a level's subset until a proxy has another route, so the meaning of that subset never depends on dedicated pods.
import assert from "node:assert/strict";
import { test } from "node:test";
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import { dedicatedSubset } from "../../core/level-subset.ts";
import { loadSnapshot } from "../../files/snapshot.ts";
import { moduleOf } from "../../render/istio/filter.ts";
import { renderIstio } from "../../render/istio/render.ts";
import { translate } from "../translate.ts";

const istio = "networking.istio.io/v1";
const meta = { name: "reviews", namespace: "shop" };
const mesh = [
  {
    ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" } },
    spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive" },
  },
  {
    ...{ apiVersion: "v1", kind: "Namespace" },
    metadata: { name: "shop", labels: { "expedite.dev/enrolled": "true" } },
  },
  {
    ...{ apiVersion: "v1", kind: "Service", metadata: meta },
    spec: { clusterIP: "10.96.0.1", selector: { app: "reviews" }, ports: [{ name: "http", port: 80 }] },
  },
];
const podOf = (level: string) => ({
  ...{ apiVersion: "v1", kind: "Pod", spec: {} },
  metadata: { name: level, namespace: "shop", labels: { app: "reviews", "expedite.dev/level": level } },
});
const userRule = (host: string, subsets: readonly object[] = []) => ({
  ...{ apiVersion: istio, kind: "DestinationRule", metadata: { name: "users", namespace: "shop" } },
  spec: { host, subsets },
});

type Subset = { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
type Rule = { readonly host: string; readonly exportTo?: readonly string[]; readonly subsets: readonly Subset[] };
type Patches = { readonly configPatches: readonly { readonly applyTo: string; readonly patch: { value: unknown } }[] };

/** Labels of Expedite's subsets by name; members of the aggregate clusters; verdicts about a user's rule. */
function worldOf(...objects: readonly object[]) {
  const documents = [...mesh, ...objects].map((value) => ({ value, where: () => "mesh" }));
  const loaded = loadSnapshot({ documents, problems: [] });
  assert.ok("snapshot" in loaded, "problems" in loaded ? loaded.problems.join("\n") : "");
  const { plan, verdicts } = translate(loaded.snapshot);
  const manifests = renderIstio(plan, moduleOf(new Uint8Array(4)));
  const specs = <T>(kind: string) =>
    manifests.filter((one) => one.kind === kind).map(({ spec }) => spec as unknown as T);
  const rules = specs<Rule>("DestinationRule");
  const subsets = rules.flatMap((one) => one.subsets);
  const added = specs<Patches>("EnvoyFilter")
    .flatMap(({ configPatches }) => configPatches)
    .filter(({ applyTo }) => applyTo === "CLUSTER")
    .map(({ patch }) => patch.value as { cluster_type?: { typed_config: { clusters: readonly string[] } } });
  return {
    rules: rules.map((one) => ({ ...one, subsets: one.subsets.map(({ name }) => name) })),
    subsets: Object.fromEntries(subsets.map(({ name, labels = {} }) => [name, labels])),
    members: added.flatMap(({ cluster_type }) =>
      cluster_type === undefined ? [] : [cluster_type.typed_config.clusters],
    ),
    said: verdicts.filter(({ reason }) => reason === "HostNotPrioritised").map(({ message }) => message),
  };
}

const cluster = (subset: string) => `outbound|80|${subset}|reviews.shop.svc.cluster.local`;

test("a level's subset has all pods, and dedicated pods are a second subset that only aggregates name", () => {
  const before = worldOf();
  assert.deepEqual([before.subsets, before.members], [{ "expedite-batch": {} }, []]);
  const after = worldOf(podOf("batch"));
  assert.deepEqual(after.subsets, { ...before.subsets, "expedite--own-batch": { "expedite.dev/level": "batch" } });
  assert.deepEqual(after.members, [[cluster("expedite--own-batch"), cluster("expedite-batch"), cluster("")]]);
});

test("a level whose requests take the Service's own cluster anyway has only the subset of its dedicated pods", () => {
  const { subsets, members } = worldOf(podOf("interactive"));
  assert.deepEqual(subsets, {
    "expedite-batch": {},
    "expedite--own-interactive": { "expedite.dev/level": "interactive" },
  });
  assert.deepEqual(members, [[cluster("expedite--own-interactive"), cluster("expedite-interactive"), cluster("")]]);
});

test("next to a user's subsets there are the same subsets, and within each of them the level's dedicated pods", () => {
  const rule = userRule("reviews", [{ name: "own", labels: { version: "v1" } }]);
  const { subsets } = worldOf(podOf("batch"), rule);
  assert.deepEqual(subsets, {
    "expedite-batch": {},
    "expedite--own-batch": { "expedite.dev/level": "batch" },
    "expedite-batch--own": { version: "v1" },
    "expedite--own-batch--own": { "expedite.dev/level": "batch", version: "v1" },
  });
  assert.deepEqual(worldOf(rule).subsets, { "expedite-batch": {}, "expedite-batch--own": { version: "v1" } });
});

test("no two of Expedite's subsets have the same name", () => {
  const names = ["own", "own-batch", "batch"].flatMap((level) =>
    [undefined, "own", "batch", "own-batch"].flatMap((subset) => [
      levelSubset(level, subset),
      dedicatedSubset(level, subset),
    ]),
  );
  assert.equal(new Set(names).size, names.length);
});

test("the owner of a rule that replaces Expedite's is told which subsets to add, with which labels", () => {
  const [message] = worldOf(podOf("batch"), userRule("*.shop.svc.cluster.local")).said;
  assert.match(
    message ?? "",
    /add these subsets here: expedite-batch without labels, expedite--own-batch with the label expedite\.dev\/level: batch$/,
  );
});

test("next to a user's rule that reaches only some clients there is no rule of Expedite's for the others, and its owner is told", () => {
  const namespaces = ["web", "jobs"].map((name) => ({
    ...{ apiVersion: "v1", kind: "Namespace" },
    metadata: { name, labels: { "expedite.dev/enrolled": "true" } },
  }));
  const rule = userRule("reviews", [{ name: "v2" }]);
  const exported = { ...rule, spec: { ...rule.spec, exportTo: ["web"] } };
  const { rules, said } = worldOf(...namespaces, exported);
  assert.deepEqual(rules, [
    // For the Service's own namespace only: Istio keeps such a rule apart from exported ones.
    { host: "reviews.shop.svc.cluster.local", exportTo: ["shop"], subsets: ["expedite-batch"] },
    { host: "reviews", exportTo: ["web"], subsets: ["expedite-batch", "expedite-batch--v2"] },
  ]);
  assert.deepEqual(said, [
    "does not reach jobs, and a separate rule for them would replace it elsewhere; export it to them too, or to all",
  ]);
});
