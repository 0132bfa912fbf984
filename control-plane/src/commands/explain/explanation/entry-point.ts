// Finds the entry points where requests get their level (a Gateway, a Service, a namespace's workloads), and the one that a request uses.

import { withoutDot } from "@expedite/filter/config/match.ts";
import type { PriorityPolicy } from "../../../api/priority-policy.ts";
import { covers } from "../../../core/host-pattern.ts";
import type { Classification } from "../../../core/plan.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { gatewayClassification } from "../../../translate/gateways/classification.ts";
import { servingDeployments } from "../../../translate/gateways/hosts.ts";
import { sidecarClassification } from "../../../translate/policies/classification.ts";
import {
  type Attached,
  attach,
  keyOf,
  namespaceTarget,
  policiesOf,
  type Target,
  targetsOf,
} from "../../../translate/policies/targets.ts";
import { hostName } from "../../../translate/services/visibility.ts";

export type EntryPoint = {
  /** Namespace means its workloads. */
  readonly kind: "Gateway" | "Service" | "Namespace";
  readonly namespace: string;
  readonly name: string;
  /** "*": every host. */
  readonly hosts: readonly string[];
  readonly classification: Classification;
  /** namespace/name of the policies that target it; for a gateway without any, its namespace's. */
  readonly policies: readonly string[];
};

/** `policy`: namespace/name. */
type EntryPointFilter = { readonly policy?: string; readonly host?: string };

/** Gateways come first, because requests reach them first. */
export function entryPoints(snapshot: Snapshot, accepted: readonly PriorityPolicy[]): EntryPoint[] {
  const attached = attach(accepted);
  return [
    ...gateways(snapshot, attached),
    ...services(snapshot, accepted, attached),
    ...namespaces(accepted, attached),
  ].filter(({ policies }) => policies.length > 0);
}

/** The entry points that remain: those of the policy, those that serve the host if any do, and of the kind that a request reaches first. */
export function entryPointsFor(all: readonly EntryPoint[], { policy, host }: EntryPointFilter): readonly EntryPoint[] {
  const ofPolicy = all.filter((entry) => policy === undefined || entry.policies.includes(policy));
  const ofHost = ofPolicy.filter(
    (entry) => host === undefined || entry.hosts.some((pattern) => covers(pattern, nameOf(host))),
  );
  const left = ofHost.length > 0 ? ofHost : ofPolicy;
  return left.filter(({ kind }) => kind === left[0]?.kind);
}

/** Each Gateway by itself, although several may share their proxies, because people know their Gateway. */
function gateways(snapshot: Snapshot, attached: Attached): EntryPoint[] {
  const { defaultLevel } = snapshot.ladder.spec;
  return servingDeployments(snapshot).deployments.flatMap((gateway) => {
    const { classification } = gatewayClassification(attached, gateway, defaultLevel);
    return gateway.gateways.map(({ target }): EntryPoint => {
      const claims = gateway.routes.map((route) => ({
        target: route.target,
        hosts: route.hosts.flatMap(({ host, gateway: of }) => (keyOf(of) === keyOf(target) ? [host] : [])),
      }));
      const routes = claims.filter(({ hosts }) => hosts.length > 0);
      const own = [...routes.map((route) => route.target), target].flatMap((one) => policiesOf(attached, one));
      const policies = own.length > 0 ? own : policiesOf(attached, namespaceTarget(gateway.namespace));
      const hosts = new Set(routes.flatMap((route) => route.hosts));
      return {
        ...{ kind: "Gateway", namespace: target.namespace, name: target.name, policies: names(policies) },
        hosts: hosts.size === 0 ? ["*"] : [...hosts],
        classification,
      };
    });
  });
}

function services({ mesh }: Snapshot, accepted: readonly PriorityPolicy[], attached: Attached): EntryPoint[] {
  return targeted(accepted, "Service").map((target): EntryPoint => {
    const { namespace, name } = target;
    return {
      ...{ kind: "Service", namespace, name, policies: names(policiesOf(attached, target)) },
      hosts: [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, hostName(namespace, name, mesh)],
      classification: sidecarClassification(attached, namespace, [name]),
    };
  });
}

function namespaces(accepted: readonly PriorityPolicy[], attached: Attached): EntryPoint[] {
  return targeted(accepted, "Namespace").map((target): EntryPoint => {
    const { namespace, name } = target;
    return {
      ...{ kind: "Namespace", namespace, name, hosts: ["*"] },
      policies: names(policiesOf(attached, target)),
      classification: sidecarClassification(attached, namespace, []),
    };
  });
}

/** Each target of that kind, once. */
function targeted(accepted: readonly PriorityPolicy[], kind: string): readonly Target[] {
  const found = accepted.flatMap(targetsOf).filter((target) => target.kind === kind);
  return [...new Map(found.map((target) => [keyOf(target), target])).values()];
}

function names(policies: readonly PriorityPolicy[]): string[] {
  return [...new Set(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))];
}

/** As the filter compares hosts: without case, port and trailing dot. */
function nameOf(host: string): string {
  return withoutDot(host.toLowerCase().replace(/:\d+$/, ""));
}
