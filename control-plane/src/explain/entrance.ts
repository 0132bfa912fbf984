// In: a Snapshot and its accepted policies. Out: the places where a request gets its level, and the one that a request enters.
import type { PriorityPolicy } from "../api/priority-policy.ts";
import type { Classification } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import { targets } from "../translate/accepted-policies.ts";
import { gatewayClassification, policiesOf, sidecarClassification } from "../translate/classification.ts";
import { isAttached, routeDomains } from "../translate/route-domains.ts";

export type Entrance = {
  /** Namespace: the workloads of it. */
  readonly kind: "Gateway" | "Service" | "Namespace";
  readonly namespace: string;
  readonly name: string;
  /** "*": every host. */
  readonly hosts: readonly string[];
  readonly classification: Classification;
  /** namespace/name of those that target it; of a gateway that none does, its namespace's. */
  readonly policies: readonly string[];
};

/** `policy`: namespace/name. */
export type Wish = { readonly policy?: string; readonly host?: string };

/** Gateways first, as requests come to them first. */
export function entrances(snapshot: Snapshot, accepted: readonly PriorityPolicy[]): Entrance[] {
  return [...gateways(snapshot, accepted), ...services(accepted), ...namespaces(accepted)].filter(
    ({ policies }) => policies.length > 0,
  );
}

/** Those that the wish leaves: of the policy, serving the host if any does, of the kind that a request comes to first. */
export function entrancesFor(all: readonly Entrance[], { policy, host }: Wish): readonly Entrance[] {
  const ofPolicy = all.filter((entry) => policy === undefined || entry.policies.includes(policy));
  const ofHost = ofPolicy.filter((entry) => host === undefined || entry.hosts.some((pattern) => covers(pattern, host)));
  const left = ofHost.length > 0 ? ofHost : ofPolicy;
  return left.filter(({ kind }) => kind === left[0]?.kind);
}

function gateways(snapshot: Snapshot, accepted: readonly PriorityPolicy[]): Entrance[] {
  return snapshot.gateways.map((gateway): Entrance => {
    const { name, namespace } = gateway.metadata;
    const routes = snapshot.routes.filter((route) =>
      gateway.spec.listeners.some((listener) => isAttached(route, gateway, listener)),
    );
    const hosts = routes.flatMap((route) => routeDomains(route, [gateway]));
    const own = [
      ...routes.flatMap(({ metadata }) => policiesOf(accepted, metadata.namespace, "HTTPRoute", metadata.name)),
      ...policiesOf(accepted, namespace, "Gateway", name),
    ];
    const policies = own.length > 0 ? own : policiesOf(accepted, namespace, "Namespace", namespace);
    return {
      ...{ kind: "Gateway", namespace, name, policies: names(policies) },
      hosts: routes.length === 0 ? ["*"] : [...new Set(hosts)],
      classification: gatewayClassification(accepted, gateway, routes),
    };
  });
}

function services(accepted: readonly PriorityPolicy[]): Entrance[] {
  return targeted(accepted, "Service").map(({ namespace, name }): Entrance => {
    return {
      ...{ kind: "Service", namespace, name, policies: names(policiesOf(accepted, namespace, "Service", name)) },
      hosts: [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`],
      classification: sidecarClassification(accepted, namespace, [name]),
    };
  });
}

function namespaces(accepted: readonly PriorityPolicy[]): Entrance[] {
  return targeted(accepted, "Namespace").map(
    ({ namespace, name }): Entrance => ({
      ...{ kind: "Namespace", namespace, name, hosts: ["*"] },
      policies: names(policiesOf(accepted, namespace, "Namespace", namespace)),
      classification: sidecarClassification(accepted, namespace, []),
    }),
  );
}

/** Each target of that kind once. */
function targeted(accepted: readonly PriorityPolicy[], kind: string): { namespace: string; name: string }[] {
  const found = accepted.flatMap((policy) =>
    targets(policy)
      .filter((target) => target.kind === kind)
      .map(
        ({ name }) => [`${policy.metadata.namespace}/${name}`, { namespace: policy.metadata.namespace, name }] as const,
      ),
  );
  return [...new Map(found).values()];
}

function names(policies: readonly PriorityPolicy[]): string[] {
  return [...new Set(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))];
}

function covers(pattern: string, host: string): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return pattern === "*" || pattern === name || (pattern.startsWith("*.") && name.endsWith(pattern.slice(1)));
}
