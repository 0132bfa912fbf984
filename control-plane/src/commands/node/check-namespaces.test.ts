// The commands of a node refuse a folder of namespaces that is not there, before they do anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesFolder } from "../../node/namespace.ts";
import { checkNamespaces } from "./check-namespaces.ts";
import { nodeObserve } from "./observe.ts";
import { nodeReconcile, nodeRelease } from "./reconcile.ts";

const typo = /^--namespaces: \/run\/netnss does not exist; container runtimes use \/run\/netns$/;

test("a folder that is not there is named, also to release, which would find nothing to remove", async () => {
  await assert.rejects(nodeRelease({ namespaces: "/run/netnss" }), { message: typo });
  await assert.rejects(nodeReconcile({ namespaces: "/run/netnss", file: [] }), { message: typo });
  await assert.rejects(nodeObserve({ namespaces: "/run/netnss", node: "a", file: [] }), { message: typo });
});

test("a relative folder is refused, and the usual one may be absent", () => {
  assert.throws(() => checkNamespaces("netns"), { message: '--namespaces: "netns" is not an absolute path' });
  checkNamespaces(namespacesFolder);
});
