// More rules than a filter accepts: those that fit are applied, and the Gateway's status names the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meshGateway, meshRoute } from "../../api/mesh-gateway.ts";
import { priorityLadder } from "../../api/priority-ladder.ts";
import { priorityPolicy } from "../../api/priority-policy.ts";
import { defaultMeshConfig } from "../../core/mesh-config.ts";
import { translate } from "../translate.ts";
import { maxRules } from "./classification.ts";

const group = "gateway.networking.k8s.io";
const apiVersion = `${group}/v1`;

/** A route with this many hosts and rules for each, and one rule of the Gateway's for every other host. */
function shared(hosts: number, rules: number) {
  const policy = (name: string, kind: string, count: number) =>
    priorityPolicy.parse({
      ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityPolicy", metadata: { name, namespace: "shop" } },
      spec: {
        targetRefs: [{ group, kind, name: kind === "Gateway" ? "edge" : "web" }],
        rules: Array.from({ length: count }, (_, index) => ({
          ...{ name: `r${index}`, level: "low" },
          match: { path: { prefix: `/${index}` } },
        })),
      },
    });
  return translate({
    ladder: priorityLadder.parse({
      ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", metadata: { name: "default" } },
      spec: { levels: [{ name: "high" }, { name: "low", dscp: "CS1" }], defaultLevel: "high" },
    }),
    gateways: [
      meshGateway.parse({
        ...{ apiVersion, kind: "Gateway", metadata: { name: "edge", namespace: "shop" } },
        spec: { listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
      }),
    ],
    routes: [
      meshRoute.parse({
        ...{ apiVersion, kind: "HTTPRoute", metadata: { name: "web", namespace: "shop" } },
        spec: {
          parentRefs: [{ name: "edge" }],
          hostnames: Array.from({ length: hosts }, (_, index) => `h${index}.example`),
        },
      }),
    ],
    queues: [],
    policies: [policy("web", "HTTPRoute", rules), policy("edge", "Gateway", 1)],
    ...{ namespaces: [], services: [], pods: [], istioGateways: [], virtualServices: [] },
    ...{ destinationRules: [], sidecarScopes: [], envoyFilters: [], mesh: defaultMeshConfig },
  });
}

test("as many rules as the filter accepts are rendered, and the others are named", () => {
  const { plan, verdicts } = shared(maxRules / 10 + 1, 10);
  const rules = plan.gateways.flatMap(({ classification }) => classification.rules);
  assert.equal(rules.length, maxRules);
  assert.ok(rules.every(({ policy }) => policy === "shop/web"));
  const said = verdicts.filter(({ reason }) => reason === "GatewayNotClassified");
  assert.deepEqual(
    said.map(({ on }) => on),
    [{ kind: "Gateway", namespace: "shop", name: "edge" }],
  );
  assert.match(said[0]!.message, /^gets 1\d\d\d rules.* from shop\/edge, shop\/web; write fewer rules or hosts$/);
});

test("rules that fit are all rendered", () => {
  const { plan, verdicts } = shared(10, 10);
  assert.deepEqual(
    plan.gateways.map(({ classification }) => classification.rules.at(-1)?.policy),
    ["shop/edge"],
  );
  assert.ok(!verdicts.some(({ reason }) => reason === "GatewayNotClassified"));
});
