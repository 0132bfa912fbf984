// In: accepted policies, the pods, the gateways' proxies. Out: the policies whose target has no proxy, or one that is not ours to configure:
// that all of no proxies are programmed would say nothing.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { type Finding, finding } from "../finding.ts";
import { foreignGateways, whyForeign } from "../gateways/classes.ts";
import type { GatewayEntrance } from "../gateways/served-hosts.ts";
import { gatewayOf, isOptedOut } from "../pods.ts";
import { servicePods } from "../services/service-pods.ts";
import { gatewayGroup, keyOf, type Target, targetsOf } from "./targets.ts";

/** Files mostly hold no pods: nothing is said where there is none at all. */
export function noProxies(
  snapshot: Snapshot,
  accepted: readonly PriorityPolicy[],
  entrances: readonly GatewayEntrance[],
): readonly Verdict[] {
  if (snapshot.pods.length === 0 || snapshot.ladder.spec.mode === "Disabled") return [];
  const countOf = pods(snapshot, entrances);
  return said(accepted, (target) => {
    if (countOf(target) !== 0) return undefined;
    const own = { Namespace: "has no pod with a sidecar", Service: "selects no pod with a sidecar" };
    const what = own[target.kind as keyof typeof own] ?? "has no pod at its Gateway";
    return ["NoProxies", `${what}, so this policy classifies nothing there; pods that opted out do not count`];
  });
}

/** Of Gateways that another controller than Istio's runs, or nobody knows which. */
export function otherControllers(
  snapshot: Snapshot,
  accepted: readonly PriorityPolicy[],
  entrances: readonly GatewayEntrance[],
): readonly Verdict[] {
  const why = new Map(
    [...foreignGateways(snapshot)].map((gateway) => {
      const { name, namespace } = gateway.metadata;
      return [keyOf({ group: gatewayGroup, kind: "Gateway", namespace, name }), whyForeign(snapshot, gateway)];
    }),
  );
  const servedBy = entrancesOf(entrances);
  return said(accepted, (target) => {
    const own = servedBy(target);
    const [first] = own;
    if (first === undefined || own.some(({ isForeign }) => isForeign !== true)) return undefined;
    const gateway = first.gateways[0]!.target;
    const text = why.get(keyOf(gateway))!;
    return [
      "UnsupportedDataPlane",
      target.kind === "Gateway" ? text : `is attached to Gateway ${gateway.namespace}/${gateway.name}, which ${text}`,
    ];
  });
}

type Answer = readonly [reason: Finding["reason"], message: string] | undefined;

function said(accepted: readonly PriorityPolicy[], answer: (target: Target) => Answer): readonly Verdict[] {
  return accepted.flatMap((policy) => {
    const { name, namespace } = policy.metadata;
    return targetsOf(policy).flatMap((target, index): Verdict[] => {
      const [reason, message] = answer(target) ?? [];
      if (reason === undefined || message === undefined) return [];
      const isWhole = policy.spec.targetRefs === undefined;
      const field = isWhole ? ["metadata", "namespace"] : ["spec", "targetRefs", index, "name"];
      return [{ on: { kind: "PriorityPolicy", namespace, name }, ...finding(reason, field, message) }];
    });
  });
}

/** How many pods have the proxies of a target; undefined: whatever is said elsewhere. */
function pods(snapshot: Snapshot, entrances: readonly GatewayEntrance[]): (target: Target) => number | undefined {
  const left = snapshot.pods.filter((pod) => !isOptedOut(pod));
  const podsOf = servicePods({ pods: left });
  const inNamespaces = new Set(
    left.filter((pod) => gatewayOf(pod) === undefined).map(({ metadata }) => metadata.namespace),
  );
  const services = new Map(
    snapshot.services.map((service) => [`${service.metadata.namespace}/${service.metadata.name}`, service]),
  );
  const servedBy = entrancesOf(entrances);
  return (target) => {
    const { kind, namespace, name } = target;
    if (kind === "Namespace") return inNamespaces.has(namespace) ? undefined : 0;
    if (kind === "Service") {
      const service = services.get(`${namespace}/${name}`);
      return service === undefined ? undefined : podsOf(service).length;
    }
    const own = servedBy(target).filter(({ isForeign }) => isForeign !== true);
    return own.length === 0 ? undefined : own.reduce((sum, entrance) => sum + entrance.pods, 0);
  };
}

function entrancesOf(entrances: readonly GatewayEntrance[]): (target: Target) => readonly GatewayEntrance[] {
  const found = Map.groupBy(
    entrances.flatMap((entrance) =>
      [...entrance.gateways, ...entrance.routes].map(({ target }) => ({ key: keyOf(target), entrance })),
    ),
    ({ key }) => key,
  );
  return (target) => (found.get(keyOf(target)) ?? []).map(({ entrance }) => entrance);
}
