// Finds which routes of a gateway deployment a shared route can replace, and whose requests share connections.
import type { Routing } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { verdictOn } from "../finding.ts";
import { dedicatedDestinations } from "../services/dedicated-destinations.ts";
import { type EligibleHost, isVisible } from "../services/eligible-hosts.ts";
import { listedRoutes, noRouting } from "../services/listed-routes.ts";
import { isWanted, objectRoutes } from "../services/object-routes.ts";
import { notPrioritisedFor, patchedRoutes } from "../services/patched-routes.ts";
import { routeDestinations } from "../services/route-destinations.ts";
import type { Services } from "../services/services.ts";
import { configPaths } from "./config-paths.ts";
import type { ServingDeployment } from "./hosts.ts";
import { tooManyConfigurations } from "./route-configurations.ts";

type GatewayRouting = {
  readonly routing: Routing;
  /** Hosts with connections by level to which its routes lead. */
  readonly hosts: readonly EligibleHost[];
  readonly verdicts: readonly Verdict[];
};

export function gatewayRouting(
  snapshot: Snapshot,
  { eligible, excluded }: Pick<Services, "eligible" | "excluded">,
): (deployment: ServingDeployment) => GatewayRouting {
  const routesOf = objectRoutes(snapshot);
  const patchedBy = patchedRoutes(snapshot);
  return (deployment) => {
    const visible = new Map([...eligible].filter(([, host]) => isVisible(host, deployment.namespace, snapshot)));
    const destinations = routeDestinations(snapshot, visible, excluded.exclusion);
    const paths = configPaths(deployment.gateways);
    const served = deployment.routes.map(({ object, hosts: claims }) => {
      const hosts = [...new Set(claims.map(({ host }) => host))].sort();
      const own = object.kind === "VirtualService" ? [] : (paths.get(object) ?? []);
      return routesOf({ object, hosts, destinations, paths: own });
    });
    // Envoy tries all routes of a host, whoever owns them: if one reads the level, all keep their requests on shared connections.
    const reading = new Set(served.filter(({ reads }) => reads !== undefined).flatMap(({ hosts }) => hosts));
    const left = served
      .filter(({ hosts }) => !hosts.some((host) => reading.has(host)))
      .flatMap(({ entries }) => entries);
    const wanted = served.filter(isWanted);
    const patched = patchedBy(deployment.namespace, "GATEWAY");
    const why =
      patched === undefined
        ? tooManyConfigurations(deployment)
        : notPrioritisedFor(patched, `gateways of namespace ${deployment.namespace}`);
    if (why !== undefined) return { hosts: [], routing: noRouting, verdicts: wanted.length === 0 ? [] : [why] };
    const { variants, verdicts } = listedRoutes(left, excluded.hosts);
    const names = new Set(left.flatMap(({ to }) => to));
    const hosts = variants.length === 0 ? [] : [...visible.values()].filter(({ host }) => names.has(host));
    const dedicated = dedicatedDestinations(snapshot, hosts);
    const readers = wanted.flatMap(({ object, reads }) => (reads === undefined ? [] : [verdictOn(object, reads)]));
    return { hosts, routing: { ports: [], sniffed: [], variants, dedicated }, verdicts: [...readers, ...verdicts] };
  };
}
