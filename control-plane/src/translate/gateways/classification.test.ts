// Whatever routes and policies share a gateway, no rule of another namespace's policy applies to a host, except for that namespace's own
// routes.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { istioGateway, virtualService } from "../../api/istio.ts";
import { pod, service } from "../../api/kubernetes.ts";
import { gatewayClass, meshGateway } from "../../api/mesh-gateway.ts";
import { priorityLadder } from "../../api/priority-ladder.ts";
import { priorityPolicy } from "../../api/priority-policy.ts";
import { covers } from "../../core/host-pattern.ts";
import { gatewayNameLabel } from "../../core/labels.ts";
import { defaultMeshConfig } from "../../core/mesh-config.ts";
import type { Rule } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { translate } from "../translate.ts";
import { restrictedTo } from "./host-match.ts";
import { servingDeployments } from "./hosts.ts";

const istio = "networking.istio.io/v1";
const ours = "expedite.dev/v1alpha1";
const namespace = fc.constantFrom("a", "b", "c");
const host = fc.constantFrom("x.example", "w.x.example", "y.example", "*.x.example", "*.example", "*");
const hosts = fc.uniqueArray(host, { minLength: 1, maxLength: 3 });
const time = fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", undefined);
const metadata = fc.record({ name: fc.constantFrom("m", "n"), namespace, creationTimestamp: time });
type Metadata = { readonly name: string; readonly namespace: string };

/** At least one of two labels. */
const labels = (values: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  fc.tuple(fc.option(fc.constantFrom(...values)), fc.boolean()).map(([istioLabel, isPublic]) => ({
    ...(istioLabel === null ? {} : { istio: istioLabel }),
    ...(isPublic || istioLabel === null ? { tier: "public" } : {}),
  }));

const gateways = fc.record({ metadata, hosts, labels: labels(["one", "two"]) });
/** Names of Gateways of the Gateway API, also used as a pod's label. */
const named = fc.constantFrom("m", "n");
const meshGateways = fc.record({
  metadata: fc.record({ name: named, namespace: fc.constantFrom("a", "istio-system"), creationTimestamp: time }),
  gatewayClassName: fc.constantFrom("istio", "nginx", "own", undefined),
  addresses: fc.constantFrom(
    [],
    [],
    [{ type: "Hostname", value: "s" }],
    [{ type: "Hostname", value: "t.b.svc.cluster.local" }],
  ),
});
const ownClass = {
  ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", metadata: { name: "own" } },
  spec: { controllerName: "istio.io/gateway-controller" },
};
const services = fc.record({ metadata, hosts, gateway: fc.constantFrom("a/m", "a/n", "b/m", "c/n") });
const policies = fc.record({
  metadata: fc.record({ name: fc.constantFrom("p", "q", "r"), namespace, creationTimestamp: time }),
  target: fc.option(fc.record({ kind: fc.constantFrom("Gateway", "VirtualService"), name: fc.constantFrom("m", "n") })),
  rules: fc.array(fc.option(fc.record({ exact: fc.constantFrom("x.example", "y.example") })), { maxLength: 2 }),
  defaultLevel: fc.option(fc.constantFrom("high", "low"), { nil: undefined }),
});

const unique = <T extends { readonly metadata: Metadata }>(objects: fc.Arbitrary<T>) =>
  fc.uniqueArray(objects, { selector: ({ metadata: m }) => `${m.namespace}/${m.name}`, maxLength: 5 });

const worlds: fc.Arbitrary<Snapshot> = fc
  .record({
    gateways: unique(gateways),
    services: unique(services),
    policies: unique(policies),
    meshGateways: unique(meshGateways),
    pods: fc.array(
      fc.record({
        place: fc.constantFrom("a", "b", "istio-system"),
        labels: labels(["one", "two"]),
        gateway: fc.option(named, { nil: undefined }),
      }),
      { maxLength: 6 },
    ),
  })
  .map((world) => ({
    queues: [],
    ladder: priorityLadder.parse({
      ...{ apiVersion: ours, kind: "PriorityLadder", metadata: { name: "default" } },
      spec: { levels: [{ name: "high" }, { name: "low", dscp: "CS1" }], defaultLevel: "high" },
    }),
    istioGateways: world.gateways.map((gateway) =>
      istioGateway.parse({
        ...{ apiVersion: istio, kind: "Gateway", metadata: gateway.metadata },
        spec: { selector: gateway.labels, servers: [{ port: { number: 80, protocol: "HTTP" }, hosts: gateway.hosts }] },
      }),
    ),
    virtualServices: world.services.map((service) =>
      virtualService.parse({
        ...{ apiVersion: istio, kind: "VirtualService", metadata: service.metadata },
        spec: {
          ...{ hosts: service.hosts, gateways: [service.gateway] },
          http: [{ route: [{ destination: { host: "s" } }] }],
        },
      }),
    ),
    policies: world.policies.map(({ metadata: own, target, rules, defaultLevel }) =>
      priorityPolicy.parse({
        ...{ apiVersion: ours, kind: "PriorityPolicy", metadata: own },
        spec: {
          ...(target === null ? {} : { targetRefs: [{ group: "networking.istio.io", ...target }] }),
          rules: rules.map((match, index) => ({
            ...{ name: `r${index}`, level: "low" },
            match: match === null ? { path: { prefix: "/p" } } : { host: match },
          })),
          defaultLevel,
        },
      }),
    ),
    gatewayClasses: [gatewayClass.parse(ownClass)],
    gateways: world.meshGateways.map(({ metadata: own, gatewayClassName, addresses }) =>
      meshGateway.parse({
        ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: own },
        spec: { gatewayClassName, addresses, listeners: [] },
      }),
    ),
    pods: world.pods.map(({ place, labels: own, gateway }, index) =>
      pod.parse({
        ...{ apiVersion: "v1", kind: "Pod", spec: {} },
        metadata: {
          ...{ name: `pod-${index}`, namespace: place },
          labels: { ...own, ...(gateway === undefined ? {} : { [gatewayNameLabel]: gateway }) },
        },
      }),
    ),
    services: [
      { metadata: { name: "s", namespace: "a" }, selector: { istio: "one" } },
      { metadata: { name: "t", namespace: "b" }, selector: { tier: "public" } },
    ].map(({ metadata: own, selector }) =>
      service.parse({ apiVersion: "v1", kind: "Service", metadata: own, spec: { selector, ports: [{ port: 80 }] } }),
    ),
    ...{
      namespaces: [],
      routes: [],
      destinationRules: [],
      sidecarScopes: [],
      envoyFilters: [],
      mesh: defaultMeshConfig,
    },
  }));

/** The rules that apply to the host's requests, up to the one that ends them. */
function asked(rules: readonly Rule[], name: string): readonly Rule[] {
  const own = rules.filter(({ match }) => restrictedTo(name, match.host) !== "nothing");
  const end = own.findIndex(({ match }) => Object.keys(match).every((key) => key === "host"));
  return end < 0 ? own : own.slice(0, end + 1);
}

const requested = ["x.example", "w.x.example", "y.example", "v.x.example", "z.example"];

test("a route's policy classifies no host of another namespace", () => {
  fc.assert(
    fc.property(worlds, (snapshot) => {
      const { plan } = translate(snapshot);
      const { deployments } = servingDeployments(snapshot);
      const ofRoutes = new Set(
        snapshot.policies
          .filter(({ spec }) => spec.targetRefs?.[0]?.kind === "VirtualService")
          .map(({ metadata: { namespace: own, name } }) => `${own}/${name}`),
      );
      for (const { name, namespace: place, classification } of plan.gateways) {
        const deployment = deployments.find((entry) => entry.name === name && entry.namespace === place)!;
        for (const host of requested) {
          // As in Envoy: the most specific virtual host, whose owner is the oldest route.
          const claims = deployment.routes.flatMap((route) =>
            route.hosts.map((claim) => ({ route, host: claim.host })),
          );
          const covering = claims.filter((claim) => covers(claim.host, host));
          const longest = Math.max(...covering.map((claim) => (claim.host === host ? 1000 : claim.host.length)));
          const owner = covering.find((claim) => (claim.host === host ? 1000 : claim.host.length) === longest);
          for (const rule of asked(classification.rules, host))
            if (ofRoutes.has(rule.policy))
              assert.equal(rule.policy.split("/")[0], owner?.route.target.namespace, `${host} ${JSON.stringify(rule)}`);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

/** Gateways of a class of Istio's, with proxies of their own, by namespace/name. */
const classified = (snapshot: Snapshot): ReadonlySet<string> =>
  new Set(
    snapshot.gateways
      .filter(({ spec }) => spec.gatewayClassName !== "nginx" && spec.addresses.length === 0)
      .map(({ metadata: own }) => `${own.namespace}/${own.name}`),
  );

test("no pod has two filters, or the filter of another Gateway of the Gateway API", () => {
  fc.assert(
    fc.property(worlds, (snapshot) => {
      const isOurs = classified(snapshot);
      const idOf = ({ namespace: own, name }: Metadata): string => `${own}/${name}`;
      const isOfGatewayApi = ({ group }: { group: string }): boolean => group === "gateway.networking.k8s.io";
      const deployments = servingDeployments(snapshot).deployments.filter(({ isForeign }) => isForeign !== true);
      for (const { metadata: own } of snapshot.pods) {
        // The root namespace's EnvoyFilters apply to pods in every namespace.
        const filters = deployments.filter(
          (deployment) =>
            [own.namespace, "istio-system"].includes(deployment.namespace) &&
            Object.entries(deployment.selector).every(([key, value]) => own.labels?.[key] === value),
        );
        assert.ok(filters.length <= 1, JSON.stringify({ pod: own, filters: filters.map(idOf) }));
        const gateway = `${own.namespace}/${own.labels?.[gatewayNameLabel]}`;
        if (!isOurs.has(gateway)) continue;
        for (const { gateways: served } of filters)
          if (served.every(({ target }) => isOfGatewayApi(target) && isOurs.has(idOf(target))))
            assert.ok(
              served.some(({ target }) => idOf(target) === gateway),
              JSON.stringify({ pod: own, served }),
            );
      }
    }),
    { numRuns: 2000 },
  );
});
