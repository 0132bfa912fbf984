// The commands given to kind and Docker. These tests need neither of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { configOf, create, ctr, inspect, load, move, placed, remove, workerOf } from "./commands.ts";

const text = readFileSync(new URL("../../../kind-config.yaml", import.meta.url), "utf8");

test("the repository's configuration has the nodes of the tests; another number changes only the workers", () => {
  const roles = (config: string): readonly string[] =>
    (parse(config) as { readonly nodes: readonly { readonly role: string }[] }).nodes.map(({ role }) => role);
  assert.deepEqual(roles(text), ["control-plane", "worker", "worker"]);
  assert.deepEqual(parse(configOf(text, 2)), parse(text));
  assert.deepEqual(roles(configOf(text, 0)), ["control-plane"]);
  assert.deepEqual(roles(configOf(text, 3)), ["control-plane", "worker", "worker", "worker"]);
});

test("a cluster is created, loaded and deleted by its name, with its own kubeconfig", () => {
  const said = [create("x", "/t/config"), load("x", "/t/app.tar"), remove("x", "/t/config")].map((args) =>
    args.join(" "),
  );
  assert.deepEqual(said, [
    "create cluster --name x --config - --kubeconfig /t/config --wait 180s",
    "load image-archive /t/app.tar --name x",
    "delete cluster --name x --kubeconfig /t/config",
  ]);
  assert.equal(inspect("x-worker").at(-1), "x-worker");
  assert.equal(ctr("x-worker", ["version"]).join(" "), "exec x-worker ctr --namespace=k8s.io version");
  assert.deepEqual(move("x", "away").slice(3), move("x", "back").slice(3).reverse());
});

test("pods that a manifest places on nodes by name are placed on kind's nodes", () => {
  assert.deepEqual([workerOf("x", 1), workerOf("x", 2)], ["x-worker", "x-worker2"]);
  const manifest = "nodeName: xp-node1\n---\nnodeName: xp-node2\nimage: xp-node10\n";
  assert.equal(placed(manifest, "x"), "nodeName: x-worker\n---\nnodeName: x-worker2\nimage: xp-node10\n");
});
