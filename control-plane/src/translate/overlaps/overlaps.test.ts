// Where the boundary of each overlap is. testdata/loops-that-overlap has each of them, with a peaceful twin.
import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshotOfText } from "../../../test/manifests.ts";
import { translate } from "../translate.ts";

const world = (objects: string, mode = "Enforce"): string => `
apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec: { mode: ${mode}, levels: [{ name: interactive }, { name: batch, dscp: CS1 }], defaultLevel: interactive }
---
apiVersion: expedite.dev/v1alpha1
kind: RequestQueue
metadata: { name: web, namespace: shop }
spec: { targetRefs: [{ group: apps, kind: Deployment, name: web }], concurrencyLimit: { fixed: 4 }, maxWait: 2s }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { selector: { matchLabels: { app: web, version: v1 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.2, selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
${objects}`;

function found(objects: string, mode?: string): readonly string[] {
  return translate(snapshotOfText(world(objects, mode)))
    .verdicts.filter(({ reason }) => reason === "LoopsOverlap")
    .map(({ on, field }) => `${on.kind} ${on.namespace}/${on.name} ${field.join(".")}`);
}

const retries = (text: string, host = "web"): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec: { hosts: [web], http: [{ route: [{ destination: { host: ${host} } }], retries: ${text} }] }`;

const ofQueue = (field: string): readonly string[] => [`RequestQueue shop/web spec.${field}`];

for (const [what, object, overlaps] of [
  ["is given up before the longest wait", retries("{ attempts: 2, perTryTimeout: 1s }"), true],
  ["is given up exactly then", retries("{ attempts: 2, perTryTimeout: 2s }"), true],
  ["waits longer", retries("{ attempts: 2, perTryTimeout: 2001ms }"), false],
  ["has no timeout", retries("{ attempts: 2 }"), false],
  ["has Istio's number of attempts", retries("{ perTryTimeout: 1s }"), true],
  ["is the only one", retries("{ attempts: 0, perTryTimeout: 1s }"), false],
  ["goes to another host", retries("{ attempts: 2, perTryTimeout: 1s }", "other"), false],
  ["has retries of a form that Istio does not know", retries("many"), false],
] as const)
  test(`a try that ${what} ${overlaps ? "multiplies" : "does not multiply"} what waits`, () => {
    assert.deepEqual(found(object), overlaps ? ofQueue("maxWait") : []);
  });

for (const [what, queue, object, overlaps] of [
  ["of a queue that rejects", "Reject", retries('{ attempts: 2, retryOn: "5xx, envoy-ratelimited" }'), true],
  ["of a queue that forwards", "Forward", retries("{ attempts: 2, retryOn: envoy-ratelimited }"), false],
  ["that are known by their status alone", "Reject", retries('{ attempts: 2, retryOn: "5xx,429" }'), false],
  ["without further attempts", "Reject", retries("{ attempts: 0, retryOn: envoy-ratelimited }"), false],
] as const)
  test(`refusals ${what} ${overlaps ? "are" : "are not"} sent again`, () => {
    const rejecting = `apiVersion: expedite.dev/v1alpha1
kind: RequestQueue
metadata: { name: a, namespace: shop }
spec: { targetRefs: [{ kind: Service, name: web }], concurrencyLimit: { fixed: 4 }, onTimeout: ${queue} }
---
`;
    assert.deepEqual(found(rejecting + object), overlaps ? ["RequestQueue shop/a spec.onTimeout"] : []);
  });

test("retries that the mesh config has for every host are one overlap, and a route to two such hosts is one", () => {
  const config = `apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: "defaultHttpRetryPolicy: { attempts: 2, perTryTimeout: 1s }" }`;
  assert.deepEqual(found(config), ofQueue("maxWait"));
  const second = `apiVersion: v1
kind: Service
metadata: { name: web-v1, namespace: shop }
spec: { clusterIP: 10.96.0.3, selector: { app: web, version: v1 }, ports: [{ name: http, port: 80 }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec:
  hosts: [web]
  http:
    - name: both
      route: [{ destination: { host: web }, weight: 50 }, { destination: { host: web-v1 }, weight: 50 }]
      retries: { perTryTimeout: 1s }`;
  assert.deepEqual(found(second), ofQueue("maxWait"));
});

const autoscaler = (spec: string, version = "v2"): string => `apiVersion: autoscaling/${version}
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: shop }
spec: { scaleTargetRef: { kind: Deployment, name: web }${spec} }`;

for (const [what, object, overlaps] of [
  ["on CPU", autoscaler(", metrics: [{ type: Resource, resource: { name: cpu } }]"), true],
  [
    "on a container's CPU",
    autoscaler(", metrics: [{ type: ContainerResource, containerResource: { name: cpu } }]"),
    true,
  ],
  ["of an older version", autoscaler(", targetCPUUtilizationPercentage: 80", "v1"), true],
  ["without metrics", autoscaler(""), true],
  ["on memory", autoscaler(", metrics: [{ type: Resource, resource: { name: memory } }]"), false],
  [
    "on CPU and on what waits",
    autoscaler(", metrics: [{ type: Resource, resource: { name: cpu } }, { type: Pods }]"),
    false,
  ],
] as const)
  test(`an autoscaler ${what} ${overlaps ? "does not see" : "may see"} the load that waits`, () => {
    assert.deepEqual(found(object), overlaps ? ofQueue("concurrencyLimit") : []);
  });

const limits = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: shop }
spec:
  host: web
  trafficPolicy: { connectionPool: { tcp: { maxConnections: 100 } } }
  subsets: [{ name: v1, labels: { version: v1 }, trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5 } } }]`;

test("limits of connections and errors hold for each level, of the rule and of its subsets", () => {
  assert.deepEqual(found(limits), [
    "DestinationRule shop/web spec.trafficPolicy.connectionPool",
    "DestinationRule shop/web spec.subsets.0.trafficPolicy.outlierDetection",
  ]);
});

const breaker = (most: number, host = "web"): string => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: breaker, namespace: shop }
spec: { host: ${host}, subsets: [{ name: v1, trafficPolicy: { connectionPool: { http: { http2MaxRequests: ${most} } } } }] }`;

for (const [what, object, overlaps] of [
  ["below the limit", breaker(3), true],
  ["at the limit", breaker(4), false],
  ["of 0, which is Istio's default,", breaker(0), false],
  ["of another host", breaker(3, "other"), false],
] as const)
  test(`a circuit breaker ${what} ${overlaps ? "refuses" : "does not refuse"} what a queue lets through`, () => {
    const queues = found(object).filter((one) => one.startsWith("RequestQueue"));
    assert.deepEqual(queues, overlaps ? ofQueue("concurrencyLimit") : []);
  });

test("nothing overlaps while nothing is enforced", () => {
  const all = [retries("{ attempts: 2, perTryTimeout: 1s }"), autoscaler(""), limits].join("\n---\n");
  assert.deepEqual(found(all, "Observe"), []);
});
