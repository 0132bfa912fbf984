// Whatever a snapshot contains: translate and the renderers return, shares add up, the filter accepts its configuration, and no route names
// a missing cluster.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterConfig } from "@expedite/filter/config/schema.ts";
import fc from "fast-check";
import { namespace as namespaceSchema, pod, service } from "../api/kubernetes.ts";
import { meshGateway, meshRoute } from "../api/mesh-gateway.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";
import { reasons } from "../api/reasons.ts";
import { defaultMeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { renderEnvoy } from "../render/envoy/bootstrap.ts";
import { nodeProgram } from "../render/node/node-program.ts";
import { renderNode } from "../render/node/render.ts";
import type { Message } from "../render/xds/message.ts";
import { translateForEnvoy } from "./translate.ts";

const api = "expedite.dev/v1alpha1";
const name = fc.constantFrom("web", "api", "edge", "shop", "nobody");
const namespace = fc.constantFrom("shop", "default");
const level = fc.constantFrom("gold", "silver", "bronze");
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const metadata = (extra: Record<string, fc.Arbitrary<unknown>> = {}) => fc.record({ name, namespace, ...extra });

const ladders = fc
  .record({
    mode: fc.constantFrom("Disabled", "Enforce", "Observe"),
    shares: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
    defaultLevel: level,
    rate: maybe(fc.constantFrom("100Mbit", "25Gbit")),
    hosts: maybe(fc.constantFrom(["web.shop.svc.cluster.local"], ["*.default.svc.cluster.local", "no.such.host"])),
  })
  .map(({ mode, shares, defaultLevel, rate, hosts }) => {
    const levels = ["gold", "silver", "bronze"].map((entry, index) => ({
      name: entry,
      dscp: entry === defaultLevel ? "DF" : ["EF", "AF11", "LE"][index],
      ...(index === 0 ? {} : { minShare: `${shares[index - 1]}%` }),
    }));
    const links = [
      { name: "pods", scope: "Pod", selector: { app: "web" }, rate },
      { name: "uplink", scope: "Node", nodeSelector: { pool: "a" }, rate },
    ];
    return {
      apiVersion: api,
      kind: "PriorityLadder",
      metadata: { name: "default" },
      spec: { mode, levels, defaultLevel, links, ...(hosts === undefined ? {} : { levelClusters: { hosts } }) },
    };
  });

const policies = fc.record({
  apiVersion: fc.constant(api),
  kind: fc.constant("PriorityPolicy"),
  metadata: metadata({ creationTimestamp: maybe(fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")) }),
  spec: fc.record({
    ladder: fc.constantFrom("default", "default", "other"),
    targetRefs: maybe(
      fc.array(
        fc.record({
          group: fc.constantFrom("", "gateway.networking.k8s.io"),
          kind: fc.constantFrom("Service", "Gateway", "HTTPRoute"),
          name,
        }),
        { minLength: 1, maxLength: 2 },
      ),
    ),
    rules: maybe(
      fc.uniqueArray(
        fc.record({
          name: fc.constantFrom("a", "b", "c"),
          match: fc.record({
            host: maybe(
              fc.constantFrom(
                { exact: "a.example" },
                { suffix: "b.example", not: true },
                { any: [{ exact: "b.example" }] },
              ),
            ),
            path: maybe(fc.record({ prefix: fc.constant("/x") })),
          }),
          level: fc.oneof({ weight: 9, arbitrary: level }, fc.constant("none")),
        }),
        { selector: (rule) => rule.name, maxLength: 3 },
      ),
    ),
    defaultLevel: maybe(level),
    trust: maybe(fc.constantFrom("Never", "Mesh", "Always")),
  }),
});

const services = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constant("Service"),
  metadata: metadata(),
  spec: fc.record({
    clusterIP: fc.constantFrom("10.96.0.1", "None", undefined),
    selector: fc.constantFrom({ app: "web" }, { app: "api" }, {}),
    ports: fc.uniqueArray(
      fc.record({ port: fc.constantFrom(80, 8080), targetPort: fc.constantFrom(9080, "http", "gone") }),
      {
        selector: ({ port }) => port,
        minLength: 1,
      },
    ),
  }),
});

const pods = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constant("Pod"),
  metadata: metadata({
    labels: fc.record(
      {
        app: fc.constantFrom("web", "api"),
        ...{ "expedite.dev/level": fc.oneof({ weight: 9, arbitrary: level }, fc.constant("none")) },
        ...{ "gateway.networking.k8s.io/gateway-name": fc.constantFrom("edge", "nobody") },
      },
      { requiredKeys: ["app"] },
    ),
    annotations: maybe(fc.constant({ "kubernetes.io/egress-bandwidth": "100M" })),
  }),
  spec: fc.constant({ containers: [{ ports: [{ name: "http", containerPort: 9080 }] }] }),
  status: fc.record({ podIP: maybe(fc.constantFrom("10.0.0.1", "10.0.0.2", "fd00::1")) }),
});

const gateways = fc.record({
  apiVersion: fc.constant("gateway.networking.k8s.io/v1"),
  kind: fc.constant("Gateway"),
  metadata: fc.record({ name: fc.constant("edge"), namespace }),
  spec: fc.constant({
    listeners: [
      { name: "http", port: 80, protocol: "HTTP" },
      { name: "b", port: 80, protocol: "HTTP", hostname: "b.example" },
    ],
  }),
});

const routes = fc.record({
  apiVersion: fc.constant("gateway.networking.k8s.io/v1"),
  kind: fc.constant("HTTPRoute"),
  metadata: metadata(),
  spec: fc.record({
    parentRefs: fc.constant([{ name: "edge" }]),
    hostnames: fc.uniqueArray(fc.constantFrom("a.example", "b.example", "*.example")),
    rules: fc.array(fc.record({ backendRefs: fc.tuple(fc.record({ name, port: fc.constantFrom(80, 8080) })) }), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
});

const unique = <T extends { metadata: { name: string; namespace?: string } }>(
  objects: fc.Arbitrary<T>,
): fc.Arbitrary<T[]> =>
  fc.uniqueArray(objects, {
    selector: (object) => `${object.metadata.namespace}/${object.metadata.name}`,
    maxLength: 4,
  });

const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    ladder: ladders,
    policies: unique(policies as fc.Arbitrary<{ metadata: { name: string } }>),
    services: unique(services as fc.Arbitrary<{ metadata: { name: string } }>),
    pods: unique(pods as fc.Arbitrary<{ metadata: { name: string } }>),
    gateways: unique(gateways),
    routes: unique(routes as fc.Arbitrary<{ metadata: { name: string } }>),
    namespaceLabels: fc.constantFrom({}, { "expedite.dev/enrolled": "true" }),
  })
  .map((world) => ({
    ladder: priorityLadder.parse(world.ladder),
    queues: [],
    policies: world.policies.map((object) => priorityPolicy.parse(object)),
    services: world.services.map((object) => service.parse(object)),
    pods: world.pods.map((object) => pod.parse(object)),
    gateways: world.gateways.map((object) => meshGateway.parse(object)),
    routes: world.routes.map((object) => meshRoute.parse(object)),
    namespaces: [
      ...new Set(
        [...world.services, ...world.pods].map(
          ({ metadata }) => (metadata as { namespace?: string }).namespace ?? "default",
        ),
      ),
    ].map((name) =>
      namespaceSchema.parse({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: world.namespaceLabels } }),
    ),
    istioGateways: [],
    virtualServices: [],
    destinationRules: [],
    sidecarScopes: [],
    envoyFilters: [],
    mesh: defaultMeshConfig,
  }));

/** Every message within a message, including itself. */
function* messages(value: unknown): Generator<Message> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Message;
  for (const entry of Object.values(value)) yield* messages(entry);
}

test("any snapshot has a plan with consistent outputs", () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const before = JSON.stringify(snapshot);
      const { plan, verdicts } = translateForEnvoy(snapshot);
      assert.equal(JSON.stringify(snapshot), before);
      assert.equal(
        plan.levels.reduce((sum, entry) => sum + entry.share, 0),
        100,
      );
      for (const { program } of renderNode(plan)) {
        nodeProgram.parse(program);
        assert.ok(program.levels.reduce((sum, entry) => sum + entry.rate, 0) <= program.rate);
      }
      // The command renders nothing if an object is refused, and a route to nowhere has no cluster.
      if (verdicts.some((verdict) => reasons[verdict.reason].refused)) return;
      for (const { bootstrap } of renderEnvoy(plan, "/filter.wasm")) assertWhole(bootstrap);
    }),
    { numRuns: 500 },
  );
});

function assertWhole(bootstrap: Message): void {
  const resources = bootstrap.static_resources as { readonly clusters: readonly { readonly name: string }[] };
  const clusters = resources.clusters.map((cluster) => cluster.name);
  assert.equal(new Set(clusters).size, clusters.length);
  for (const message of messages(bootstrap)) {
    if (typeof message.cluster === "string" && message.cluster !== (bootstrap.node as Message).cluster)
      assert.ok(clusters.includes(message.cluster), message.cluster);
    if (message.vm_config !== undefined)
      filterConfig.parse(JSON.parse((message.configuration as { value: string }).value));
    if (Array.isArray(message.virtual_hosts)) {
      const domains = message.virtual_hosts.flatMap((host: { domains: string[] }) => host.domains);
      assert.equal(new Set(domains).size, domains.length, domains.join(", "));
    }
  }
}
