// Lists the variants that the bench compares, each with its listener, its requests and the evidence that it did its work.
import { pluginConfiguration } from "@expedite/filter/config/route-list.ts";
import { defaultCorrelators, type FilterConfig } from "@expedite/filter/config/schema.ts";
import { expediteFilter, filterText, ladder } from "../envoy/bootstrap.ts";
import { queueFilters } from "../envoy/queue.ts";
import { type BenchListener, type Json, moduleFilter } from "./listeners.ts";
import type { Shape } from "./requests.ts";
import { list, lookUp } from "./routed.ts";
import { assemble, emptyModule } from "./wat.ts";

type Role = FilterConfig["role"];

export interface Variant {
  readonly name: string;
  readonly listener: BenchListener;
  readonly shape: Shape;
  /** The route or upstream that its responses come from. */
  readonly route: string;
  /** The level on its responses, if any. */
  readonly responseLevel: string | undefined;
  /** Set if its filter is Expedite. */
  readonly expedite: { readonly role: Role; readonly configuration: string; readonly level: string } | undefined;
}

const type = (name: string): string => `type.googleapis.com/${name}`;

/** Ids that outbound finds; all others but inbound use the same number. */
export const knownIds = 1024;

export const outside = { level: false, trace: true, ids: knownIds } as const;
/** Puts the ids of `outside` into the slot table. */
export const stored = { level: true, trace: true, ids: knownIds } as const;

/** Sets the level unconditionally. */
export function headerMutation(): Json {
  const set = {
    append: { header: { key: ladder.header, value: "batch" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
  };
  return {
    name: "header_mutation",
    typed_config: {
      "@type": type("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"),
      mutations: { request_mutations: [set] },
    },
  };
}

/** The work of inbound and outbound in one: read the id, look it up in a table, store it there, set the level. */
const script = `
local levels = {}
function envoy_on_request(handle)
  local headers = handle:headers()
  local id = headers:get("x-request-id")
  local level = levels[id]
  if level == nil then
    level = headers:get("${ladder.header}") or "batch"
    levels[id] = level
  end
  headers:replace("${ladder.header}", level)
end`;

export function lua(): Json {
  return {
    name: "lua",
    typed_config: {
      "@type": type("envoy.extensions.filters.http.lua.v3.Lua"),
      default_source_code: { inline_string: script },
    },
  };
}

/** Only the last rule matches the bench's requests; every third asks for a header, the others for a path. */
function rules(count: number): FilterConfig["rules"] {
  const last = { name: "exports", match: { path: { prefix: "/export/" } }, level: "batch" };
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    name: `rule-${index}`,
    match:
      index % 3 === 2
        ? { headers: [{ name: "x-tenant", exact: `tenant-${index}` }] }
        : { path: { prefix: `/api/v1/service-${index}/` } },
    level: "standard",
  }));
  return [...others, last];
}

interface Plan {
  /** Default: no-filter. */
  readonly base?: string;
  /** The level of its requests if its filter is Expedite. Default: batch. */
  readonly level?: string;
  /** Its requests go to an upstream, by routes behind a shared one. */
  readonly isRouted?: boolean;
  /** Absent: no filter besides Expedite. */
  readonly filter?: () => Json;
  readonly expedite?: Pick<FilterConfig, "role"> & Partial<FilterConfig>;
  /** Filters behind Expedite's. */
  readonly behind?: readonly Json[];
  readonly shape?: Shape;
  readonly route?: string;
  readonly responseLevel?: string;
}

/** As a mesh's ids are: none comes twice. */
const newIds = { level: true, trace: false, ids: 0 } as const;

const inbound = { expedite: { role: "inbound" }, route: "batch" } as const;
const gateway = (count: number): Plan => ({
  expedite: { role: "gateway", trust: "Never", rules: rules(count) },
  route: "batch",
  responseLevel: "batch",
});

/** With room for all of the bench's connections, so that no request waits. */
const level = { maxWait: 10_000, onTimeout: "Forward", share: 0 } as const;
const queue: NonNullable<FilterConfig["queue"]> = { limit: 1000, maxQueued: 1024, levels: [level, level, level] };
const queued = { expedite: { role: "inbound", queue }, behind: queueFilters(level.maxWait) } as const;
/** Under another ladder, nothing that inbound stored is found: the cause is unknown, as for most requests. */
const othersLevels = [...ladder.levels, "bulk"];

export const baseline = "no-filter";
const routedBaseline = "routed";

const routed = { base: routedBaseline, isRouted: true, route: "original" } as const;
const levelClusters = {
  role: "outbound",
  trust: "Never",
  levelClusters: ["batch"],
  clusterDomain: "cluster.local",
} as const;

const plans = {
  [baseline]: {},
  // The only filter that sets the header and leaves the route as it is.
  native: { filter: headerMutation },
  empty: { filter: () => moduleFilter(assemble(emptyModule)) },
  lua: { filter: lua, route: "batch", shape: newIds },
  "inbound-default": { expedite: { role: "inbound" }, level: "interactive", shape: { ...newIds, level: false } },
  inbound: { ...inbound, shape: newIds },
  "inbound-queue-default": {
    ...{ ...queued, base: "inbound-default", level: "interactive", shape: { ...newIds, level: false } },
  },
  "inbound-queue": { ...queued, base: "inbound", shape: newIds, route: "batch" },
  "queue-filters": { behind: queueFilters(level.maxWait) },
  "inbound-2-ids": { ...inbound, shape: { level: true, trace: true, ids: 0 } },
  "outbound-default": { expedite: { role: "outbound", trust: "Never", levels: othersLevels }, level: "interactive" },
  outbound: { expedite: { role: "outbound", trust: "Never" }, route: "batch" },
  // As the control plane configures gateways, without the filter.
  "level-on-response": { responseLevel: "interactive" },
  "gateway-default": {
    expedite: { role: "gateway", trust: "Never" },
    ...{ base: "level-on-response", level: "interactive", responseLevel: "interactive" },
  },
  "gateway-1": gateway(1),
  "gateway-10": gateway(10),
  "gateway-100": gateway(100),
  [routedBaseline]: routed,
  "look-up": { ...routed, filter: () => lookUp },
  "routed-default": {
    ...{ ...routed, filter: () => lookUp, level: "interactive" },
    expedite: { ...levelClusters, levelClusters: ["batch"], levels: othersLevels },
  },
  "routed-demoted": {
    ...{ ...routed, filter: () => lookUp, route: "level" },
    expedite: { ...levelClusters, levelClusters: ["batch"] },
  },
} as const satisfies Record<string, Plan>;

/** The variant whose cost is subtracted from this one's; itself for a variant that serves as a base. */
export const baseOf = (name: string): string => (({ ...plans }) as Record<string, Plan>)[name]?.base ?? baseline;

/** Whether its requests go to an upstream, which costs Envoy more than an answer of its own. */
export const isRouted = (name: string): boolean => baseOf(name) === routedBaseline;

/** Whether it is compared with another variant of Expedite's, so that what it adds is not the whole filter. */
export const isAddedToFilter = (name: string): boolean => baseOf(name).startsWith("inbound");

/** Whether its requests are of the default level, as nearly all of a mesh's are. */
export const isOfDefaultLevel = (name: string): boolean => name.endsWith("-default");

/** Whether its requests cost less in a proxy through which no demoted request passed recently. A gateway looks nothing up. */
export const dependsOnDemotions = (name: string): boolean => isOfDefaultLevel(name) && name !== "gateway-default";

export type VariantName = keyof typeof plans;
export const variantNames = Object.keys(plans) as readonly VariantName[];

/** @param firstPort the port of the first variant; the others follow */
export function variants(firstPort = 18_000): readonly Variant[] {
  const entries: [string, Plan][] = Object.entries(plans);
  return entries.map(([name, plan], index) => {
    const { filter, expedite, behind = [], shape = outside, route = "default", responseLevel, isRouted = false } = plan;
    const text = expedite && filterText({ correlateBy: [...defaultCorrelators], ...expedite });
    const configuration = text && pluginConfiguration(text, isRouted ? list : undefined);
    const own = configuration ? [expediteFilter(configuration)] : [];
    const filters = [...(filter ? [filter()] : []), ...own, ...behind];
    const levelOnResponse = responseLevel !== undefined;
    return {
      ...{ name, shape, route, responseLevel },
      listener: { name, port: firstPort + index, filters, levelOnResponse, isRouted },
      expedite:
        expedite && configuration ? { role: expedite.role, configuration, level: plan.level ?? "batch" } : undefined,
    };
  });
}
