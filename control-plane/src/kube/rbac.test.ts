// manifests/rbac.yaml is what the code needs; UPDATE_GOLDEN=1 writes it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { permissions, rbac } from "./rbac.ts";

const file = join(import.meta.dirname, "../../../manifests/rbac.yaml");

test("manifests/rbac.yaml is what the code says", () => {
  const head = "# The controller's account and rights, made from control-plane/src/kube/rbac.ts.\n";
  const text =
    head +
    rbac("istio-system")
      .map((object) => stringify(object))
      .join("---\n");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text);
});

test("nothing of the users' is written, no secret is read, no wildcard is asked for", () => {
  const written = permissions.filter(({ verbs }) =>
    verbs.some((verb) => ["create", "patch", "update", "delete"].includes(verb)),
  );
  assert.deepEqual(
    written
      .map(({ resource }) => resource)
      .filter((name) => ["services", "pods", "virtualservices", "gateways", "sidecars"].includes(name)),
    [],
  );
  assert.ok(permissions.every(({ resource, verbs, group }) => ![resource, group, ...verbs].includes("*")));
  assert.ok(permissions.every(({ resource }) => resource !== "secrets"));
});
