// What of a snapshot istiod sees, and what the ladder's status says of istiods that disagree.
import assert from "node:assert/strict";
import { test } from "node:test";
import { priorityLadder } from "../api/priority-ladder.ts";
import { defaultMeshConfig, type MeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { discovered } from "./discovered.ts";

const ladder = priorityLadder.parse({
  apiVersion: "expedite.dev/v1alpha1",
  kind: "PriorityLadder",
  metadata: { name: "default" },
  spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive" },
});
const mesh: MeshConfig = { ...defaultMeshConfig, istiodNamespace: "istio-system" };
const empty: Snapshot = {
  ...{ ladder, mesh, policies: [], queues: [], namespaces: [], services: [], pods: [], gateways: [], routes: [] },
  ...{ istioGateways: [], virtualServices: [], destinationRules: [], sidecarScopes: [], envoyFilters: [] },
};
const namespace = (name: string, labels?: Readonly<Record<string, string>>): Snapshot["namespaces"][number] => ({
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: { name, ...(labels === undefined ? {} : { labels: { ...labels } }) },
});

test("without selectors everything is seen, and one mesh config needs no word", () => {
  assert.deepEqual(discovered(empty), { snapshot: empty, verdicts: [] });
});

test("revisions whose mesh configs differ are reported on the ladder, with the fields and what to do", () => {
  const { verdicts } = discovered({
    ...empty,
    mesh: { ...mesh, disagreements: ["rootNamespace", "discoverySelectors"] },
  });
  assert.deepEqual(
    verdicts.map(({ on, reason, field }) => [on.kind, reason, field]),
    [["PriorityLadder", "MeshConfigsDiffer", ["spec"]]],
  );
  assert.match(
    verdicts[0]!.message,
    /^istiod in istio-system disagrees with itself on rootNamespace, discoverySelectors: .* give every revision the same/,
  );
});

test("a namespace is seen if any selector selects it, or if its labels are not known", () => {
  const selectors = [
    { matchLabels: { mesh: "a" }, matchExpressions: [] },
    { matchLabels: {}, matchExpressions: [{ key: "team", operator: "Exists", values: [] }] },
  ];
  const namespaces = [
    namespace("by-label", { mesh: "a" }),
    namespace("by-expression", { team: "", mesh: "b" }),
    namespace("other", { mesh: "b" }),
    namespace("unlabelled", { "kubernetes.io/metadata.name": "unlabelled" }),
    namespace("unknown"),
  ];
  const { snapshot } = discovered({ ...empty, namespaces, mesh: { ...mesh, discoverySelectors: selectors } });
  assert.deepEqual(
    snapshot.namespaces.map(({ metadata }) => metadata.name),
    ["by-label", "by-expression", "unknown"],
  );
});
