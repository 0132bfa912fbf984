// manifests/rbac.yaml is made of the table of resources; UPDATE_GOLDEN=1 writes it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { agentRbac, agentRules, controllerRbac, rulesOf } from "./rbac.ts";
import { collectionPath, objectPath, resourceOf, resources } from "./resources.ts";

const manifests = join(import.meta.dirname, "../../../manifests");
const rules = [...rulesOf(false), ...rulesOf(true), ...agentRules()];

for (const [file, whose, objects] of [
  ["rbac.yaml", "controller's", controllerRbac("istio-system")],
  ["agent-rbac.yaml", "agents'", agentRbac("expedite-agent")],
] as const)
  test(`manifests/${file} matches the code`, () => {
    const head = `# The ${whose} account and rights, made from control-plane/src/kube/resources.ts.\n`;
    const text = head + objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n");
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(join(manifests, file), text);
    assert.equal(readFileSync(join(manifests, file), "utf8"), text);
  });

test("an agent reads what matters to its node, and writes nothing that users or the controller own", () => {
  const read = agentRules().filter(({ resources: [name] }) => !name!.startsWith("prioritynodes"));
  assert.deepEqual(
    read.map(({ resources: [name], verbs }) => [name, ...verbs]),
    ["priorityladders", "nodes", "pods"].map((name) => [name, "list", "watch"]),
  );
});

test("no user's object is written, no secret is read, no wildcard is asked for", () => {
  const written = rules.filter(({ verbs }) =>
    verbs.some((verb) => ["create", "patch", "update", "delete"].includes(verb)),
  );
  const ofUsers = ["services", "pods", "virtualservices", "gateways", "sidecars"];
  assert.deepEqual(
    written.flatMap(({ resources: names }) => names).filter((name) => ofUsers.includes(name)),
    [],
  );
  const words = rules.flatMap((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs]);
  assert.ok(!words.includes("*") && !words.includes("secrets"));
});

test("paths of core and grouped kinds, of a namespace and of all", () => {
  assert.equal(collectionPath(resources.pods), "/api/v1/pods");
  assert.equal(
    collectionPath(resources.envoyFilters, "shop"),
    "/apis/networking.istio.io/v1alpha3/namespaces/shop/envoyfilters",
  );
  const name = { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" } };
  assert.equal(objectPath(name), "/apis/expedite.dev/v1alpha1/priorityladders/default");
  assert.throws(() => resourceOf({ apiVersion: "v1", kind: "Secret" }), /Secret of v1 is not in/);
});
