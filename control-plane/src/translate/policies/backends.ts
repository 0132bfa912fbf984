// Finds backends that are named by routes of accepted policies' targets but don't exist: Envoy answers such requests with an error at every
// level.
import type { PriorityPolicy } from "../../api/priority-policy.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { ServingDeployment } from "../gateways/hosts.ts";
import { type Backend, type Missing, missingBackends } from "../services/backends.ts";
import type { AnyRoute } from "../services/object-routes.ts";
import { delegates, merged } from "../services/virtual-service-entries.ts";
import { fullName } from "../services/visibility.ts";
import { type Answer, aboutTargets, deploymentsByTarget } from "./about-targets.ts";
import { keyOf, type Target } from "./targets.ts";

/** Files may contain no Services; without any, nothing is reported. */
export function backendsNotFound(
  snapshot: Snapshot,
  accepted: readonly PriorityPolicy[],
  deployments: readonly ServingDeployment[],
): readonly Verdict[] {
  if (snapshot.services.length === 0) return [];
  const missingOf = missingBackends(snapshot);
  const servedBy = deploymentsByTarget(deployments);
  return aboutTargets(accepted, (target) => {
    const routes = new Set(servedBy(target).flatMap((deployment) => routesOf(target, deployment)));
    return [...routes].flatMap((route) =>
      namedBy(route, snapshot).flatMap((named): Answer[] => {
        const missing = missingOf(named.backend);
        if (missing === undefined) return [];
        return [{ reason: "BackendNotFound", message: text(target, route, { ...named, missing }) }];
      }),
    );
  });
}

/** For a Gateway, only routes in its own namespace: those in other namespaces are for their teams to correct. */
function routesOf(target: Target, { routes }: ServingDeployment): readonly AnyRoute[] {
  const own =
    target.kind === "Gateway"
      ? routes.filter(
          ({ target: route, hosts }) =>
            route.namespace === target.namespace && hosts.some(({ gateway }) => keyOf(gateway) === keyOf(target)),
        )
      : routes.filter(({ target: route }) => keyOf(route) === keyOf(target));
  return own.map(({ object }) => object);
}

/** `rule`: its name, or its position. */
type Named = { readonly rule: string; readonly backend: Backend };

function namedBy(route: AnyRoute, snapshot: Snapshot): readonly Named[] {
  const { namespace } = route.metadata;
  if (route.kind !== "VirtualService")
    return route.spec.rules.flatMap(({ name, backendRefs }, index) =>
      backendRefs
        .filter(({ group, kind }) => group === "" && kind === "Service")
        .map((ref) => ({
          rule: name ?? `spec.rules[${index}]`,
          backend: { namespace: ref.namespace ?? namespace, name: ref.name, port: ref.port },
        })),
    );
  return merged(route, { delegate: delegates(snapshot) }).flatMap(({ owner, index, route: own }) =>
    own.route.flatMap(({ destination: { host, port } }): Named[] => {
      const service = serviceOf(fullName(host, owner.metadata.namespace, snapshot.mesh), snapshot);
      if (service === undefined) return [];
      return [{ rule: own.name || `spec.http[${index}]`, backend: { ...service, port: port?.number } }];
    }),
  );
}

/** Undefined: a host outside the cluster, which only a ServiceEntry can define. */
function serviceOf(host: string, { mesh }: Snapshot): Pick<Backend, "namespace" | "name"> | undefined {
  const suffix = `.svc.${mesh.clusterDomain}`;
  const [name, namespace, ...more] = host.endsWith(suffix) ? host.slice(0, -suffix.length).split(".") : [];
  return name === undefined || namespace === undefined || more.length > 0 ? undefined : { namespace, name };
}

function text(
  target: Target,
  route: AnyRoute,
  { rule, backend, missing }: Named & { readonly missing: Missing },
): string {
  const { namespace, name } = route.metadata;
  const which = `${target.kind === "Gateway" ? "serves" : "is"} ${route.kind} ${namespace}/${name}, whose rule ${rule} names`;
  const service = `Service ${backend.namespace}/${backend.name}`;
  if (missing.what === "Service") return `${which} ${service}, which does not exist; create it, or correct the rule`;
  return `${which} port ${backend.port} of ${service}, which has ${missing.ports.join(", ") || "none"}; correct the port`;
}
