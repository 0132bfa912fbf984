// All commands read files alike: what the controller accepts, render and explain accept. What a plain Envoy cannot do is refused only for
// that target.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ladder } from "../../test/refused.ts";
import { explainRequest } from "./explain/explain-request.ts";
import { planOfFiles } from "./plan-of-files.ts";
import { UserError } from "./user-error.ts";

const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

const file = join(folder, "input.yaml");
writeFileSync(
  file,
  `${ladder}---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  gatewayClassName: istio
  addresses: [{ type: Hostname, value: ingress }]
  listeners:
    - { name: http, port: 80, protocol: HTTP }
    - { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: cert }] }, allowedRoutes: { namespaces: { from: All } } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: redirect, namespace: infra }
spec:
  parentRefs: [{ name: edge, sectionName: http }]
  rules: [{ filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: edge, namespace: infra, sectionName: https }]
  hostnames: [www.shop.example]
  rules:
    - matches: [{ path: { value: /v1 }, headers: [{ name: x-beta, value: "1" }] }, { path: { type: RegularExpression, value: /v. } }]
      timeouts: { request: 10s }
      backendRefs: [{ name: web, port: 80 }]
    - backendRefs: [{ name: web, port: 80 }, { name: canary, port: 80, weight: 0 }]
    - backendRefs: [{ name: web, port: 80, weight: 0 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: calls, namespace: shop }
spec:
  parentRefs: [{ name: edge, namespace: infra }]
  rules: [{ matches: [{ method: { service: a.B } }], backendRefs: [{ name: web, port: 80 }] }]
---
{ apiVersion: v1, kind: Service, metadata: { name: ingress, namespace: infra }, spec: { selector: { app: ingress }, ports: [{ port: 80 }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: canary, namespace: shop }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
---
apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: web, namespace: shop }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: web }]
  rules: [{ name: exports, match: { path: { prefix: /v1/export } }, level: batch }]
`,
);

test("the istio target and explain accept everything that a cluster contains", () => {
  assert.equal(planOfFiles([file]).plan.gateways[0]?.classification.rules[0]?.level, "batch");
  assert.equal(planOfFiles([file], undefined, { target: "node" }).plan.gateways.length, 1);
  const found = explainRequest({ file: [file], method: "GET", path: "/v1/export/all", host: "www.shop.example" });
  assert.equal(found.level, "batch");
});

test("what a plain Envoy would ignore is refused for that target, with object and field", () => {
  try {
    planOfFiles([file], undefined, { target: "envoy" });
    assert.fail("taken");
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    const found = error.problems.map((line) =>
      line.replace(/^\S+ /, "").replace("; change it, or use --target istio", ""),
    );
    const rules = "HTTPRoute shop/web: spec.rules";
    assert.deepEqual(found, [
      "Gateway infra/edge: spec.addresses: names other pods than plain Envoy's; label them gateway.networking.k8s.io/gateway-name: edge, or use --target istio",
      'Gateway infra/edge: spec.listeners[1].protocol: "HTTPS" is not rendered (allowed: HTTP) for plain Envoy',
      "HTTPRoute infra/redirect: spec.rules[0].filters: is not rendered for plain Envoy",
      "HTTPRoute infra/redirect: spec.rules[0].backendRefs: has 0 entries, and exactly 1 is rendered for plain Envoy",
      `${rules}[0].timeouts: is not rendered for plain Envoy`,
      `${rules}[0].matches[0].headers: is not rendered for plain Envoy`,
      `${rules}[0].matches[1].path.type: "RegularExpression" is not rendered (allowed: Exact, PathPrefix) for plain Envoy`,
      `${rules}[1].backendRefs: has 2 entries, and exactly 1 is rendered for plain Envoy`,
      `${rules}[2].backendRefs[0].weight: 0 is not rendered (allowed: at least 1) for plain Envoy`,
      'GRPCRoute shop/calls: kind: "GRPCRoute" is not rendered (allowed: HTTPRoute) for plain Envoy',
    ]);
  }
});

const everyField = join(import.meta.dirname, "../../test/every-field.yaml");

test("everything that the API server accepts is read: every field, and fields without a value", () => {
  const { plan, warnings } = planOfFiles([everyField]);
  assert.equal(plan.gateways.length, 2);
  // An error in an object of another kind stops neither the controller nor render.
  assert.ok(warnings.some((line) => /Pod shop\/web-0: .*"nosuch" is not a level .*\(Invalid\)$/.test(line)));
  assert.equal(planOfFiles([everyField], undefined, { target: "node" }).plan.gateways.length, 2);
  assert.equal(explainRequest({ file: [everyField], method: "GET", path: "/export" }).level, "batch");
});

test("for a plain Envoy, no field of these objects is an error of the file: each has a verdict of its own", () => {
  assert.throws(
    () => planOfFiles([everyField], undefined, { target: "envoy" }),
    ({ problems }: UserError) => {
      const others = problems.filter((line) => !/for plain Envoy; change it, or use --target istio$/.test(line));
      assert.deepEqual(
        others.map((line) => line.replace(/^\S+ /, "")),
        [
          'Pod shop/web-0: metadata.labels["expedite.dev/level"]: "nosuch" is not a level of PriorityLadder default; allowed: interactive, batch',
        ],
      );
      return problems.length > 15;
    },
  );
});
