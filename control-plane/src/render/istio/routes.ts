// In: what a namespace's or a gateway's proxies choose. Out: patches of the routes that are there, which keep all else of them.
import type { Plan, RouteChoice } from "../../core/plan.ts";
import { levelSpecifier } from "../envoy/level-route.ts";
import { aggregateCluster, originalCluster } from "../envoy/names.ts";
import type { Message } from "../envoy/types.ts";
import { type ConfigPatch, type Context, configPatch } from "./envoy-filter.ts";
import { leftAlone } from "./own-clusters.ts";

export function routePatches(plan: Plan, context: Context, choices: readonly RouteChoice[]): readonly ConfigPatch[] {
  return choices.map((choice) => {
    const { destination } = choice;
    const byLevel = destination.levels.map((level) => [level, aggregateCluster(destination, level)] as const);
    const specifier = levelSpecifier(plan.header, byLevel, originalCluster(destination));
    return configPatch("HTTP_ROUTE", context, match(context, choice), "MERGE", {
      ...(context === "GATEWAY" ? {} : { metadata: leftAlone }),
      route: { inline_cluster_specifier_plugin: specifier },
    });
  });
}

/** For workloads that opted out: the cluster that was there. */
export function restoredRoutes(choices: readonly RouteChoice[]): readonly ConfigPatch[] {
  return choices.map((choice) =>
    configPatch("HTTP_ROUTE", "SIDECAR_OUTBOUND", match("SIDECAR_OUTBOUND", choice), "MERGE", {
      route: { cluster: originalCluster(choice.destination) },
    }),
  );
}

/** The response tells a gateway's client the level of its request, whatever the upstream wrote. */
export function levelOnResponses(header: string): ConfigPatch {
  return configPatch("ROUTE_CONFIGURATION", "GATEWAY", {}, "MERGE", {
    response_headers_to_add: [
      {
        header: { key: header, value: `%REQ(${header})%` },
        append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
        keep_empty_value: false,
      },
    ],
  });
}

/** A gateway's virtual hosts are named by domains, of which a route may have many: there its own name, or one domain, is enough. */
function match(context: Context, { virtualHost: { host, port }, domain, route }: RouteChoice): Message {
  const named = {
    ...(domain === undefined ? {} : { domainName: domain }),
    ...(route === undefined ? {} : { route: { name: route } }),
  };
  const vhost = context === "GATEWAY" ? named : { name: `${host}:${port}`, ...named };
  return { routeConfiguration: { vhost } };
}
