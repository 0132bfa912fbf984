// A gateway whose routes' policies make more rules than its filter takes is refused, by the number that it would get.
import assert from "node:assert/strict";
import { test } from "node:test";
import { translated } from "../../test/manifests.ts";

const hosts = Array.from({ length: 17 }, (_, index) => `h${index}.a`);

function world(rules: number): string {
  const list = Array.from({ length: rules }, (_, index) => ({ name: `r${index}`, level: "batch" }));
  return `apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec: { levels: [{ name: interactive }, { name: batch, dscp: CS1 }], defaultLevel: interactive }
---
apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: web, namespace: shop }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: web }]
  rules: ${JSON.stringify(list)}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec: { parentRefs: [{ name: edge }], hostnames: ${JSON.stringify(hosts)}, rules: [{ backendRefs: [{ name: web, port: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: edge-1, namespace: shop, labels: { gateway.networking.k8s.io/gateway-name: edge } }
spec: { containers: [] }
`;
}

function refusals(rules: number): readonly string[] {
  return translated(world(rules))
    .verdicts.filter(({ reason }) => reason === "Invalid")
    .map(({ on, message }) => `${on.kind} ${on.name} ${message}`);
}

test("a rule counts once for each 16 hosts of its route", () => {
  assert.deepEqual(refusals(500), []);
  assert.deepEqual(refusals(501), [
    "Gateway edge gets 1002 rules; allowed: at most 1000 (one rule for each 16 hosts of its route, and the Gateway's own)",
  ]);
});
