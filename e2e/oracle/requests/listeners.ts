// Makes an Envoy's bootstrap from route configurations with their connection managers, as Istio makes them: one listener for each, on a
// socket. Whatever only Istio's Envoy supports is left out; a filter before all others reports the route that Envoy took.
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { moduleFor } from "../../envoy/bootstrap.ts";
import type { Json } from "../protocol.ts";
import type { Side } from "./route-configurations.ts";

/** A gateway trusts no client's level, so a rule gives a request with this header the level that the header names. */
export const ruleHeader = "x-test-level";

/** Response headers that report the route that Envoy took. */
export const told = { route: "x-test-route", config: "x-test-config" } as const;

const add = (key: string, value: string): Json => ({ append: { header: { key, value } } });

const tellRoute: Json = {
  name: "tell-route",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
    mutations: {
      response_mutations: [add(told.route, "%ROUTE_NAME%"), add(told.config, "%METADATA(ROUTE:istio:config)%")],
    },
  },
};

/** @param socketOf returns the path of the socket of the listener with this index */
export function bootstrapOf(
  sides: readonly Side[],
  clusters: readonly Json[],
  socketOf: (index: number) => string,
): Json {
  // A random fault would be a random difference.
  const off = { "fault.http.abort.abort_percent": 0, "fault.http.delay.fixed_delay_percent": 0 };
  return {
    node: { id: "test", cluster: "reviews.bookinfo" },
    layered_runtime: { layers: [{ name: "no faults", static_layer: off }] },
    static_resources: { listeners: sides.map((side, index) => listener(side, socketOf(index))), clusters },
  };
}

function listener({ manager, routes, extensions }: Side, path: string): Json {
  const { rds: _, tracing: __, accessLog: ___, httpFilters, ...rest } = manager;
  const filters = (httpFilters as readonly Json[]).flatMap((filter) => known(filter, extensions));
  const typed_config = {
    ...rest,
    statPrefix: path,
    // As with RDS: a route may name a cluster that does not exist.
    routeConfig: { ...routes, validateClusters: false },
    httpFilters: [tellRoute, ...filters],
  };
  return {
    ...{ name: path, address: { pipe: { path } } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config }] }],
  };
}

function known(filter: Json, extensions: Side["extensions"]): readonly Json[] {
  const name = String(filter.name);
  if (filter.configDiscovery !== undefined) return [ours(extensions.get(name)!.value)];
  return String((filter.typedConfig as Json)["@type"]).startsWith("type.googleapis.com/envoy.") ? [filter] : [];
}

/** The filter as the control plane renders it, with the real module. */
function ours(extension: Json): Json {
  const typed = extension.typedConfig as Json & { readonly config: Json };
  const { vmConfig, configuration, ...config } = typed.config as Json & {
    readonly vmConfig: Json;
    readonly configuration: Json;
  };
  const [first = "", ...list] = String(configuration.value).split("\n");
  const own = JSON.stringify(forTest(JSON.parse(first) as FilterConfig));
  const value = [own, ...list].join("\n");
  return {
    name: extension.name,
    typedConfig: {
      ...typed,
      config: {
        ...config,
        vmConfig: {
          ...vmConfig,
          code: { local: { filename: moduleFor(value) } },
          // A proxy has one list, and a VM keeps a few; here each list has a VM of its own.
          configuration: { ...(vmConfig.configuration as Json), value },
        },
        configuration: { ...configuration, value },
      },
    },
  };
}

/** No request's id is looked up here, so the table is the smallest. */
function forTest(config: FilterConfig): FilterConfig {
  const small = { ...config, slotSets: 64 };
  if (config.role !== "gateway") return small;
  const rules = config.levels.map((level) => ({
    ...{ name: `test-${level}`, level, match: { headers: [{ name: ruleHeader, exact: level }] } },
  }));
  return { ...small, rules: [...rules, ...(config.rules ?? [])] };
}
