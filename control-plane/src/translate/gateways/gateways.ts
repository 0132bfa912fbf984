// In: the gateways' entrances with their routes, accepted policies. Out: the gateway proxies that classify, and what they do with the levels.
import type { GatewayWorkload } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Attached } from "../policies/targets.ts";
import type { EligibleHost } from "../services/eligible-hosts.ts";
import { type GatewayClassification, gatewayClassification, maxRules } from "./classification.ts";
import type { UnselectedGateways } from "./deployments.ts";
import type { GatewayRouting } from "./routing.ts";
import type { GatewayEntrance, GatewayEntrances } from "./served-hosts.ts";

type Found = {
  readonly workloads: readonly GatewayWorkload[];
  /** By namespace of the proxies: hosts to which their routes lead with connections by level. */
  readonly clients: readonly { readonly namespace: string; readonly hosts: readonly EligibleHost[] }[];
  readonly verdicts: readonly Verdict[];
};

/** Those with a policy of their own or of one of their routes, those of enrolled namespaces, and those that lead to enrolled hosts. */
export function gatewayWorkloads(
  snapshot: Snapshot,
  { entrances, unselected }: GatewayEntrances,
  attached: Attached,
  enrolled: ReadonlySet<string>,
  routingAt: (entrance: GatewayEntrance) => GatewayRouting,
): Found {
  const { defaultLevel, mode } = snapshot.ladder.spec;
  if (mode === "Disabled") return { workloads: [], clients: [], verdicts: [] };
  const found = entrances
    .filter(({ isForeign }) => isForeign !== true)
    .map((entrance): Found => {
      const { name, namespace, selector } = entrance;
      const { classification, left } = gatewayClassification(attached, entrance, defaultLevel);
      const { routing, hosts, verdicts } = routingAt(entrance);
      const { rules, defaultLevel: own, trust } = classification;
      const isOurs =
        enrolled.has(namespace) || rules.length + routing.variants.length > 0 || own !== undefined || trust !== "Never";
      return {
        workloads: isOurs ? [{ name, namespace, selector, classification, routing }] : [],
        clients: [{ namespace, hosts }],
        verdicts: [...verdicts, ...tooManyRules(entrance, left)],
      };
    });
  return {
    workloads: found.flatMap(({ workloads }) => workloads),
    clients: found.flatMap(({ clients }) => clients),
    verdicts: [...found.flatMap(({ verdicts }) => verdicts), ...notClassified(unselected)],
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

function notClassified(unselected: UnselectedGateways): readonly Verdict[] {
  return [...unselected].map(
    ([
      {
        metadata: { name, namespace },
      },
      why,
    ]) => ({
      ...{ on: { kind: "Gateway", namespace, name }, reason: "GatewayNotClassified" },
      ...why,
    }),
  );
}
