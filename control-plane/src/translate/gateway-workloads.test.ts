// What a gateway's routes choose: nothing where a patch by name would reach another route, or give an answer to what has none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meshGateway, meshRoute } from "../api/mesh-gateway.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { gatewayEntrances } from "./gateway-entrances.ts";
import { gatewayWorkloads } from "./gateway-workloads.ts";

const apiVersion = "gateway.networking.k8s.io/v1";
const gateway = meshGateway.parse({
  apiVersion,
  kind: "Gateway",
  metadata: { name: "edge", namespace: "shop" },
  spec: { listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
});
const host = {
  ...{ host: "ratings.shop.svc.cluster.local", name: "ratings", namespace: "shop", exportTo: [] },
  ...{ ports: [80], levels: ["batch"], dedicated: new Set<string>() },
};

/** The names of the routes that choose by level. */
function chosen(...routes: readonly { kind?: string; name?: string; rules: readonly unknown[] }[]): readonly unknown[] {
  const snapshot = {
    ...{ namespaces: [], policies: [], services: [], pods: [], nodes: [], gateways: [gateway] },
    ...{ virtualServices: [], destinationRules: [], sidecarScopes: [], istioGateways: [] },
    ladder: priorityLadder.parse({
      apiVersion: "expedite.dev/v1alpha1",
      kind: "PriorityLadder",
      metadata: { name: "default" },
      spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive" },
    }),
    routes: routes.map(({ kind = "HTTPRoute", name = "web", rules }) =>
      meshRoute.parse({
        ...{ apiVersion, kind, metadata: { name, namespace: "shop" } },
        spec: { parentRefs: [{ name: "edge" }], rules },
      }),
    ),
  };
  const hosts = new Map([[host.host, host]]);
  const { workloads } = gatewayWorkloads(snapshot, gatewayEntrances(snapshot), new Map(), new Set(["shop"]), hosts);
  return workloads.flatMap(({ choices }) => choices.map(({ route }) => route));
}

const ratings = { name: "ratings", port: 80 };

test("a rule with one Service of the route's namespace chooses, by its name or by the one that istiod makes", () => {
  const rules = [{ backendRefs: [ratings] }, { name: "own", backendRefs: [ratings] }];
  assert.deepEqual(chosen({ rules }), ["shop.web.0", "own"]);
});

test("what leads nowhere stays so", () => {
  const rules = [
    { backendRefs: [{ ...ratings, weight: 0 }] },
    { backendRefs: [{ ...ratings, namespace: "other" }] },
    { backendRefs: [{ ...ratings, kind: "InferencePool", group: "inference.networking.k8s.io" }] },
    { backendRefs: [] },
    { backendRefs: [ratings, { ...ratings, name: "canary" }] },
  ];
  assert.deepEqual(chosen({ rules }), []);
});

test("a name that two rules of the gateway have is left alone, whoever gave it", () => {
  const named = { name: "own", backendRefs: [ratings] };
  assert.deepEqual(chosen({ rules: [named] }, { name: "other", rules: [{ ...named, backendRefs: [] }] }), []);
  const unnamed = [{ backendRefs: [ratings] }];
  assert.deepEqual(chosen({ rules: unnamed }, { kind: "GRPCRoute", rules: unnamed }), []);
});
