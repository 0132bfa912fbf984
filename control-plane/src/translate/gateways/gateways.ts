// Decides which gateway deployments are configured, with their classification and what they do with requests by level.
import type { GatewayWorkload } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { finding, verdictOn } from "../finding.ts";
import type { ProxyContext } from "../namespaces.ts";
import type { SubsetClients } from "../services/subset-rules.ts";
import { type GatewayClassification, gatewayClassification, maxRules } from "./classification.ts";
import type { UnselectedGateways } from "./deployments.ts";
import type { ServingDeployment, ServingDeployments } from "./hosts.ts";
import { gatewayRouting } from "./routing.ts";

type Found = {
  readonly workloads: readonly GatewayWorkload[];
  /** Hosts to which their routes lead with connections by level, by namespace of the proxies. */
  readonly clients: readonly SubsetClients[];
  readonly verdicts: readonly Verdict[];
};

/** Those with a policy of their own or for one of their routes, those in enrolled namespaces, and those that lead to enrolled hosts. */
export function gatewayWorkloads(
  snapshot: Snapshot,
  { deployments, unselected }: ServingDeployments,
  { attached, enrolled, services }: ProxyContext,
): Found {
  const { defaultLevel, mode } = snapshot.ladder.spec;
  if (mode === "Disabled") return { workloads: [], clients: [], verdicts: [] };
  const routingAt = gatewayRouting(snapshot, services);
  const found = deployments
    .filter(({ isForeign }) => isForeign !== true)
    .map((deployment): Found => {
      const { name, namespace, selector } = deployment;
      const { classification, left } = gatewayClassification(attached, deployment, defaultLevel);
      const { routing, hosts, verdicts } = routingAt(deployment);
      const { rules, defaultLevel: own, trust } = classification;
      const isConfigured =
        enrolled.includes(namespace) ||
        rules.length + routing.variants.length > 0 ||
        own !== undefined ||
        trust !== "Never";
      return {
        workloads: isConfigured ? [{ name, namespace, selector, classification, routing }] : [],
        clients: [{ namespace, hosts }],
        verdicts: [...verdicts, ...tooManyRules(deployment, left)],
      };
    });
  return {
    workloads: found.flatMap(({ workloads }) => workloads),
    clients: found.flatMap(({ clients }) => clients),
    verdicts: [...found.flatMap(({ verdicts }) => verdicts), ...notClassified(unselected)],
  };
}

function tooManyRules({ gateways }: ServingDeployment, left: GatewayClassification["left"]): readonly Verdict[] {
  const [first] = gateways;
  if (left.length === 0 || first === undefined) return [];
  const policies = [...new Set(left.map(({ policy }) => policy))].filter((policy) => policy !== "").sort();
  const message = `gets ${maxRules + left.length} rules, counted per rule and host, and takes ${maxRules}; the last are dropped, from ${policies.join(", ")}; write fewer rules or hosts`;
  return [verdictOn(first.object, finding("GatewayNotClassified", ["spec"], message))];
}

function notClassified(unselected: UnselectedGateways): readonly Verdict[] {
  return [...unselected].map(([gateway, { field, message }]) =>
    verdictOn(gateway, finding("GatewayNotClassified", field, message)),
  );
}
