// Finds the gateway deployments: groups of proxies that one EnvoyFilter selects, none of which share a pod; and the Gateways without one.
import type { Pod } from "../../api/kubernetes.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { type AnyGateway, type Candidate, candidates, isOfGatewayApi } from "./candidates.ts";
import { isManual, type Selector, sharedLabel, sharedPods, type Unselected } from "./selectors.ts";

/** Proxies that one EnvoyFilter can select, with all Gateways that they serve. */
type GatewayDeployment = {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Selector;
  readonly gateways: ReadonlySet<AnyGateway>;
  readonly pods: ReadonlySet<Pod>;
};

/** Gateways some of whose proxies can't be selected alone, and why. */
export type UnselectedGateways = ReadonlyMap<AnyGateway, Unselected>;

type GatewayDeployments = {
  readonly deployments: readonly GatewayDeployment[];
  readonly unselected: UnselectedGateways;
};

type Mutable = GatewayDeployment & { readonly gateways: Set<AnyGateway> };

export function gatewayDeployments(snapshot: Snapshot): GatewayDeployments {
  const { rootNamespace } = snapshot.mesh;
  const { running, expected, unselected: before } = candidates(snapshot);
  const deployments: Mutable[] = [];
  const unselected = new Map(before);
  for (const candidate of running) {
    // A proxy must not have two filters: of selectors that select the same pods, the widest represents all of them.
    const taken = deployments.find((deployment) => candidate.pods.some((pod) => deployment.pods.has(pod)));
    if (taken === undefined) deployments.push(deploymentOf(candidate));
    else if (candidate.pods.every((pod) => taken.pods.has(pod))) join(taken, candidate);
    else for (const gateway of candidate.gateways) unselected.set(gateway, sharedProxies(gateway, rootNamespace));
  }
  for (const candidate of expected) {
    const taken = deployments.find((deployment) => takesAllOf(deployment, candidate, rootNamespace));
    if (taken === undefined) deployments.push(deploymentOf(candidate));
    else join(taken, candidate);
  }
  return { deployments, unselected };
}

/** Some of its proxies also belong to another Gateway. */
function sharedProxies(gateway: AnyGateway, rootNamespace: string): Unselected {
  if (!isOfGatewayApi(gateway)) return sharedPods;
  return isManual(gateway) ? { ...sharedPods, field: ["spec", "addresses"] } : sharedLabel(rootNamespace);
}

/** Whatever pods will be added. */
function takesAllOf(deployment: GatewayDeployment, { namespace, selector }: Candidate, rootNamespace: string): boolean {
  return (
    (deployment.namespace === namespace || deployment.namespace === rootNamespace) &&
    Object.entries(deployment.selector).every(([key, value]) => selector[key] === value)
  );
}

function deploymentOf({ name, namespace, selector, pods, gateways }: Candidate): Mutable {
  return { name, namespace, selector, pods: new Set(pods), gateways: new Set(gateways) };
}

function join(deployment: Mutable, { gateways }: Candidate): void {
  for (const gateway of gateways) deployment.gateways.add(gateway);
}
