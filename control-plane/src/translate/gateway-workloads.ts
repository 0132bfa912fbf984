// In: the gateways' entrances with their routes, accepted policies. Out: the gateway proxies that classify, and what they choose by level.
import type { VirtualService } from "../api/istio.ts";
import type { MeshRoute } from "../api/mesh-gateway.ts";
import type { GatewayWorkload } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import type { DivisibleHost } from "./divisible-hosts.ts";
import { gatewayChoices } from "./gateway-choices.ts";
import { type GatewayClassification, gatewayClassification, maxRules } from "./gateway-classification.ts";
import { type GatewayEntrance, type GatewayEntrances, routeTarget } from "./gateway-entrances.ts";
import { type AnyGateway, isForeign, isOfGatewayApi } from "./gateway-places.ts";
import { hostName } from "./hosts.ts";
import { type Attached, gatewayGroup, istioGroup, keyOf, type Target } from "./targets.ts";
import { type ServiceAtGateway, virtualServiceChoices } from "./virtual-service-choices.ts";
import { rootNamespace } from "./visibility.ts";

type Found = { readonly workloads: readonly GatewayWorkload[]; readonly verdicts: readonly Verdict[] };

/** Those with a policy of their own or of one of their routes, those of enrolled namespaces, and those that lead to enrolled hosts. */
export function gatewayWorkloads(
  snapshot: Snapshot,
  { entrances, unselected }: GatewayEntrances,
  attached: Attached,
  enrolled: ReadonlySet<string>,
  hosts: ReadonlyMap<string, DivisibleHost>,
): Found {
  const { defaultLevel, mode } = snapshot.ladder.spec;
  if (mode === "Off") return { workloads: [], verdicts: [] };
  const choicesAt = routesByTarget(snapshot, hosts);
  const foreign = new Set(
    snapshot.gateways
      .filter(isForeign)
      .map(({ metadata: { name, namespace } }) => keyOf({ group: gatewayGroup, kind: "Gateway", name, namespace })),
  );
  const found = entrances
    .filter(({ gateways }) => !gateways.some(({ target }) => foreign.has(keyOf(target))))
    .map((entrance): Found => {
      const { name, namespace, selector } = entrance;
      const { classification, left } = gatewayClassification(attached, entrance, defaultLevel);
      const { choices, verdicts } = choicesAt(entrance);
      const { rules, defaultLevel: own, trust } = classification;
      const isOurs =
        enrolled.has(namespace) || rules.length + choices.length > 0 || own !== undefined || trust !== "Never";
      const workload = { name, namespace, selector, classification, choices };
      return { workloads: isOurs ? [workload] : [], verdicts: [...verdicts, ...tooManyRules(entrance, left)] };
    });
  return {
    workloads: found.flatMap(({ workloads }) => workloads),
    verdicts: [...found.flatMap(({ verdicts }) => verdicts), ...unselected.map(notClassified)],
  };
}

function tooManyRules({ gateways }: GatewayEntrance, left: GatewayClassification["left"]): readonly Verdict[] {
  const [first] = gateways;
  if (left.length === 0 || first === undefined) return [];
  const { name, namespace } = first.target;
  const policies = [...new Set(left.map(({ policy }) => policy))].filter((policy) => policy !== "").sort();
  return [
    {
      ...{ on: { kind: "Gateway", namespace, name }, reason: "GatewayNotClassified", field: ["spec"] },
      message: `gets ${maxRules + left.length} rules, one for each rule and host of the policies for its routes, and its own; allowed: at most ${maxRules}; the last are left out, those for wildcard hosts before others: of ${policies.join(", ")}`,
    },
  ];
}

function routesByTarget(
  snapshot: Snapshot,
  hosts: ReadonlyMap<string, DivisibleHost>,
): (entrance: GatewayEntrance) => ReturnType<typeof virtualServiceChoices> {
  const routes = new Map(snapshot.routes.map((route) => [keyOf(routeTarget(route)), route]));
  const services = new Map(snapshot.virtualServices.map((service) => [keyOf(serviceTarget(service)), service]));
  const ports = new Map(
    snapshot.services.map(({ metadata: { name, namespace }, spec }) => [
      hostName(namespace, name),
      spec.ports.map(({ port }) => port),
    ]),
  );
  return (entrance) => {
    const own = entrance.routes.flatMap(({ target }): MeshRoute[] => {
      const route = routes.get(keyOf(target));
      return route === undefined ? [] : [route];
    });
    const bound = entrance.routes.flatMap(({ target, hosts: claims }): ServiceAtGateway[] => {
      const service = services.get(keyOf(target));
      if (service === undefined) return [];
      const gateways = new Set(claims.map(({ gateway }) => `${gateway.namespace}/${gateway.name}`));
      return [{ service, hosts: [...new Set(claims.map(({ host }) => host))], gateways }];
    });
    const { choices, verdicts } = virtualServiceChoices(bound, entrance.namespace, hosts, ports);
    return { choices: [...gatewayChoices(own, entrance.namespace, hosts), ...choices], verdicts };
  };
}

function serviceTarget({ metadata: { name, namespace } }: VirtualService): Target {
  return { group: istioGroup, kind: "VirtualService", name, namespace };
}

function notClassified(gateway: AnyGateway): Verdict {
  const { name, namespace } = gateway.metadata;
  const on = { kind: "Gateway", namespace, name };
  return isOfGatewayApi(gateway)
    ? {
        ...{ on, reason: "GatewayNotClassified", field: ["metadata", "name"] },
        message: `is the label of proxies that no EnvoyFilter can select alone: in ${rootNamespace} it would select those of the name in every namespace, and elsewhere one for a Gateway of Istio there selects some of them; use another name there, or other labels for these`,
      }
    : {
        ...{ on, reason: "GatewayNotClassified", field: ["spec", "selector"] },
        message:
          "selects proxies that no EnvoyFilter can: all of them, or some that the selector of another Gateway takes in part; use the labels of one workload",
      };
}
