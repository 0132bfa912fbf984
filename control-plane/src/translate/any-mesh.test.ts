// Whatever a mesh of Istio contains, sensible or not: translate returns, gives the same result for the same objects in any order, and the
// result can be rendered.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { destinationRule, istioGateway, sidecar, virtualService } from "../api/istio.ts";
import { namespace as namespaceSchema, pod, service, workload } from "../api/kubernetes.ts";
import { listenerSet, meshGateway, meshRoute } from "../api/mesh-gateway.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";
import { requestQueue } from "../api/request-queue.ts";
import { defaultMeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { moduleOf } from "../render/istio/filter.ts";
import { renderIstio } from "../render/istio/render.ts";
import { translate } from "./translate.ts";

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 3 });
const name = fc.constantFrom("web", "api", "edge");
const namespace = fc.constantFrom("shop", "jobs", "istio-system");
const time = maybe(fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"));
const annotations = maybe(fc.constant({ "networking.istio.io/exportTo": ".,jobs" }));
const labels = fc.record(
  { app: name, istio: name, "expedite.dev/level": fc.constantFrom("high", "low", "none") },
  {
    requiredKeys: [],
  },
);
const metadata = fc.record({ name, namespace, creationTimestamp: time, annotations, labels });
/** Includes texts that no API server would accept. */
const text = fc.constantFrom(
  "",
  "*",
  ".",
  "~",
  "web",
  "web.shop",
  "web.shop.svc.cluster.local",
  "*.example",
  "w.example",
  "./*",
  "shop/*.example",
  "a/b/c",
);
const level = fc.constantFrom("high", "low", "none");
const number = fc.constantFrom(80, 8080, 15006);
const exportTo = some(fc.constantFrom(".", "*", "~", "shop"));

const istio = "networking.istio.io/v1";
const gatewayApi = "gateway.networking.k8s.io/v1";
const destination = fc.record({ host: text, subset: maybe(name), port: maybe(fc.record({ number })) });
const match = fc.record({ name: maybe(name), gateways: maybe(some(text)) });

const namespaces = fc.record({
  from: fc.constantFrom("All", "Same", "Selector", "None"),
  selector: maybe(fc.constant({ matchLabels: { team: "shop" } })),
});
const listeners = some(
  fc.record({
    ...{ name, port: number, protocol: fc.constantFrom("HTTP", "TCP"), hostname: maybe(text) },
    allowedRoutes: maybe(
      fc.record({
        kinds: maybe(some(fc.record({ kind: fc.constantFrom("HTTPRoute", "GRPCRoute", "TCPRoute") }))),
        namespaces,
      }),
    ),
  }),
);

const objects = {
  workloads: fc.record({
    ...{ apiVersion: fc.constant("apps/v1"), kind: fc.constant("Deployment"), metadata },
    spec: fc.record({ selector: fc.record({ matchLabels: maybe(labels) }) }),
  }),
  queues: fc.record({
    ...{ apiVersion: fc.constant("expedite.dev/v1alpha1"), kind: fc.constant("RequestQueue"), metadata },
    spec: fc.record({
      targetRefs: fc.array(
        fc
          .constantFrom({ kind: "Service" }, { group: "apps", kind: "Deployment" })
          .chain((ref) => name.map((own) => ({ ...ref, name: own }))),
        { minLength: 1, maxLength: 3 },
      ),
      concurrencyLimit: fc.constant({ fixed: 4 }),
      levels: maybe(fc.record({ name: level }).map((one) => [one])),
    }),
  }),
  policies: fc.record({
    ...{ apiVersion: fc.constant("expedite.dev/v1alpha1"), kind: fc.constant("PriorityPolicy"), metadata },
    spec: fc.record({
      targetRefs: maybe(
        fc.array(
          fc.record({
            group: fc.constantFrom("", "networking.istio.io", "gateway.networking.k8s.io"),
            kind: fc.constantFrom("Service", "Gateway", "HTTPRoute", "GRPCRoute", "VirtualService", "Pod"),
            name,
          }),
          { minLength: 1, maxLength: 3 },
        ),
      ),
      rules: maybe(
        fc.uniqueArray(
          fc.record({
            ...{ name, level },
            match: fc.record({ host: maybe(fc.record({ suffix: fc.constant("example"), not: maybe(fc.boolean()) })) }),
          }),
          { selector: (rule) => rule.name, maxLength: 2 },
        ),
      ),
      defaultLevel: maybe(level),
      trust: maybe(fc.constantFrom("Never", "Mesh", "Always")),
    }),
  }),
  services: fc.record({
    ...{ apiVersion: fc.constant("v1"), kind: fc.constant("Service"), metadata },
    spec: fc.record({
      type: maybe(fc.constantFrom("ExternalName", "ClusterIP")),
      clusterIP: fc.constantFrom("10.96.0.1", "None", "", undefined),
      selector: maybe(labels),
      ports: some(
        fc.record({
          port: number,
          name: fc.constantFrom("http", "tcp-x", "", "grpc"),
          protocol: fc.constantFrom("TCP", "UDP"),
        }),
      ),
    }),
  }),
  pods: fc.record({
    ...{ apiVersion: fc.constant("v1"), kind: fc.constant("Pod"), metadata, spec: fc.constant({}) },
    status: fc.record({ podIP: maybe(fc.constantFrom("10.0.0.1", "fd00::1")) }),
  }),
  gateways: fc.record({
    ...{ apiVersion: fc.constant(gatewayApi), kind: fc.constant("Gateway"), metadata },
    spec: fc.record({
      gatewayClassName: maybe(fc.constantFrom("istio", "nginx")),
      listeners,
      allowedListeners: maybe(fc.record({ namespaces })),
    }),
  }),
  listenerSets: fc.record({
    ...{ apiVersion: fc.constant(gatewayApi), kind: fc.constant("ListenerSet"), metadata },
    spec: fc.record({ parentRef: fc.record({ name, namespace: maybe(namespace) }), listeners }),
  }),
  routes: fc.record({
    ...{ apiVersion: fc.constant(gatewayApi), kind: fc.constantFrom("HTTPRoute", "GRPCRoute"), metadata },
    spec: fc.record({
      parentRefs: some(
        fc.record({
          name,
          namespace: maybe(namespace),
          kind: maybe(fc.constantFrom("Service", "Gateway", "ListenerSet")),
          sectionName: maybe(name),
        }),
      ),
      hostnames: some(text),
      rules: some(fc.record({ name: maybe(name), backendRefs: some(fc.record({ name, port: maybe(number) })) })),
    }),
  }),
  istioGateways: fc.record({
    ...{ apiVersion: fc.constant(istio), kind: fc.constant("Gateway"), metadata },
    spec: fc.record({
      selector: maybe(labels),
      servers: some(
        fc.record({
          hosts: some(text),
          port: maybe(fc.record({ number, protocol: fc.constantFrom("HTTP", "https", "TLS", "") })),
          tls: maybe(fc.record({ mode: fc.constantFrom("SIMPLE", "PASSTHROUGH") })),
        }),
      ),
    }),
  }),
  virtualServices: fc.record({
    ...{ apiVersion: fc.constant(istio), kind: fc.constant("VirtualService"), metadata },
    spec: fc.record({
      hosts: some(text),
      gateways: maybe(some(fc.constantFrom("mesh", "edge", "shop/edge", "./edge", "edge.shop.svc", "/", ""))),
      exportTo,
      http: some(fc.record({ name: maybe(name), match: maybe(some(match)), route: some(fc.record({ destination })) })),
    }),
  }),
  destinationRules: fc.record({
    ...{ apiVersion: fc.constant(istio), kind: fc.constant("DestinationRule"), metadata },
    spec: fc.record({ host: text, exportTo, subsets: some(fc.record({ name, labels: maybe(labels) })) }),
  }),
  sidecarScopes: fc.record({
    ...{ apiVersion: fc.constant(istio), kind: fc.constant("Sidecar"), metadata },
    spec: maybe(
      fc.record({
        workloadSelector: maybe(fc.record({ labels: maybe(labels) })),
        egress: maybe(some(fc.record({ hosts: maybe(some(text)) }))),
      }),
    ),
  }),
};

const schemas = {
  ...{ queues: requestQueue, workloads: workload },
  ...{ policies: priorityPolicy, services: service, pods: pod, gateways: meshGateway, routes: meshRoute },
  ...{ istioGateways: istioGateway, virtualServices: virtualService, destinationRules: destinationRule },
  sidecarScopes: sidecar,
  listenerSets: listenerSet,
};
type Kind = keyof typeof schemas;

/** Each object once, as in an API server. */
const collections = Object.fromEntries(
  Object.entries(objects).map(([key, arbitrary]) => [
    key,
    fc.uniqueArray(arbitrary as fc.Arbitrary<{ kind: string; metadata: { name: string; namespace: string } }>, {
      selector: ({ kind, metadata: own }) => `${kind} ${own.namespace}/${own.name}`,
      maxLength: 4,
    }),
  ]),
) as Record<Kind, fc.Arbitrary<unknown[]>>;

const worlds: fc.Arbitrary<Snapshot> = fc
  .record({
    ...collections,
    enrolled: fc.subarray(["shop", "jobs", "istio-system"]),
    mode: fc.constantFrom("Enforce", "Observe", "Disabled"),
    rootNamespace: fc.constantFrom("istio-system", "jobs"),
  })
  .map(({ enrolled, mode, rootNamespace, ...world }) => ({
    ...(Object.fromEntries(
      Object.entries(world).map(([key, list]) => [key, list.map((object) => schemas[key as Kind].parse(object))]),
    ) as unknown as Omit<Snapshot, "ladder" | "namespaces">),
    ladder: priorityLadder.parse({
      ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" } },
      spec: { mode, levels: [{ name: "high" }, { name: "low", dscp: "CS1" }], defaultLevel: "high" },
    }),
    envoyFilters: [],
    mesh: { ...defaultMeshConfig, rootNamespace },
    namespaces: ["shop", "jobs", "istio-system"].map((own) =>
      namespaceSchema.parse({
        ...{ apiVersion: "v1", kind: "Namespace" },
        metadata: { name: own, labels: enrolled.includes(own) ? { "expedite.dev/enrolled": "true" } : {} },
      }),
    ),
  }));

const module = moduleOf(new Uint8Array([0]));

test("any mesh has a plan, the same in any order, and objects with unique names", () => {
  fc.assert(
    fc.property(worlds, (snapshot) => {
      const before = JSON.stringify(snapshot);
      const { plan } = translate(snapshot);
      assert.equal(JSON.stringify(snapshot), before);
      const manifests = renderIstio(plan, module);
      const names = manifests.map(({ kind, metadata: { namespace: own, name: named } }) => `${kind} ${own}/${named}`);
      assert.equal(new Set(names).size, names.length, names.join(", "));
      const reversed = Object.fromEntries(
        Object.entries(snapshot).map(([key, list]) => [key, Array.isArray(list) ? list.toReversed() : list]),
      ) as unknown as Snapshot;
      const again = renderIstio(translate(reversed).plan, module);
      assert.deepEqual(again, manifests);
    }),
    { numRuns: 1000 },
  );
});
