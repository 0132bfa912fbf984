// What `expedite explain` uses from the mesh around a policy: whom it trusts, how proxies normalise a path, and whose proxies a Gateway
// has.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { filterFile } from "../../../test/envoy.ts";
import { ladder } from "../../../test/refused.ts";
import { explainRequest } from "./explain-request.ts";
import { text } from "./explanation/text.ts";
import type { RequestOptions } from "./request-options.ts";

const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

function explained(text: string, options: Partial<RequestOptions>) {
  const file = join(folder, "input.yaml");
  writeFileSync(file, `${ladder}---\n${text}`);
  const found = explainRequest({ file: [file], method: "GET", path: "/", filter: filterFile, ...options });
  return { ...found, notes: found.notes.map((note) => note.replace(`${file}:`, "")) };
}

const policy = (spec: string): string =>
  `apiVersion: expedite.dev/v1alpha1\nkind: PriorityPolicy\nmetadata: { name: all, namespace: shop }\nspec: { ${spec} }\n`;
const exports = "rules: [{ name: exports, match: { path: { prefix: /export } }, level: batch }]";
const meshConfig = (mesh: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: "${mesh}" }\n`;

test("only peers in the mesh's own trust domain are trusted", () => {
  const text = `${policy(exports)}${meshConfig("trustDomain: prod.example")}`;
  const level = (principal: string) => explained(text, { principal, header: ["x-request-priority: batch"] }).level;
  assert.equal(level("prod.example/ns/shop/sa/cart"), "batch");
  assert.equal(level("cluster.local/ns/shop/sa/cart"), "interactive");
});

test("rules see the normalised path that proxies pass on", () => {
  const level = (path: string, mesh = "") => explained(`${policy(exports)}${meshConfig(mesh)}`, { path }).level;
  for (const path of ["/a/../export/all", "/%65xport/all", "/./export"]) assert.equal(level(path), "batch", path);
  for (const path of ["//export", "/%2Fexport", "/export/../a"]) assert.equal(level(path), "interactive", path);
  assert.equal(level("//export", "pathNormalization: { normalization: MERGE_SLASHES }"), "batch");
  assert.equal(level("/a/../export", "pathNormalization: { normalization: NONE }"), "interactive");
  const { request, notes, rules } = explained(policy(exports), { path: "/a/../export/all?page=2" });
  assert.equal(request.path, "/a/../export/all?page=2");
  assert.equal(rules[0]?.matchers[0]?.found, '"/export/all"');
  assert.deepEqual(notes, ["proxies normalise the path, so the rules see /export/all?page=2"]);
});

test("a host may end in a dot", () => {
  const text = policy(`targetRefs: [{ kind: Service, name: cart }], ${exports}`);
  const other = policy(exports);
  const { at } = explained(`${text}---\n${other.replace("name: all", "name: rest")}`, {
    host: "cart.shop.svc.cluster.local.",
  });
  assert.equal(at.kind, "Service");
});

test("if no proxy applies the level, its line and a note say so", () => {
  const gateway = (name: string): string =>
    `---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: edge, namespace: shop }\nspec: { gatewayClassName: ${name}, listeners: [{ name: http, port: 80, protocol: HTTP }] }\n`;
  const targeted = policy(`targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: edge }], ${exports}`);
  const pod = `---\n{ apiVersion: v1, kind: Pod, metadata: { name: a, namespace: other }, spec: {} }\n`;
  const notes = (written: string, isApplied: boolean): readonly string[] => {
    const found = explained(written, { path: "/export" });
    assert.deepEqual([found.level, found.isApplied], ["batch", isApplied]);
    const [head] = text(found, process.stderr).split("\n");
    assert.equal(head, `GET localhost/export → batch${isApplied ? "" : ", but no proxy applies it"}`);
    return found.notes.map((note) => note.replace(/^.*name: /, ""));
  };
  assert.deepEqual(notes(`${targeted}${gateway("mine")}`, false), [
    '"edge" is of class mine, which no GatewayClass defines, so its proxies are left alone; add the GatewayClass, or use class istio',
  ]);
  assert.deepEqual(notes(`${targeted}${gateway("istio")}${pod}`, false), [
    '"edge" has no pod at its Gateway, so this policy classifies nothing there; pods that opted out do not count',
  ]);
  const foreign = `---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: mine }\nspec: { controllerName: example.com/a }\n`;
  assert.deepEqual(notes(`${targeted}${gateway("mine")}${foreign}`, false), [
    '"edge" is of class mine, run by example.com/a, so its proxies are left alone; use a class of istio.io/gateway-controller',
  ]);
  assert.deepEqual(notes(`${targeted}${gateway("istio")}`, true), []);
  // One of two targets has proxies.
  const both = targeted.replace("name: edge }", "name: edge }, { kind: Service, name: cart }");
  assert.equal(notes(`${both}${gateway("mine")}`, true).length, 1);
});
