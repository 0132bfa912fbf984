// In: the Plan and the filter's module. Out: the objects that make an Istio mesh do as it says, sorted. Pure.
import { createHash } from "node:crypto";
import { type Manifest, managedBy, stepLabel } from "../../core/manifest.ts";
import type { Enrolment, GatewayWorkload, Plan, WorkloadException } from "../../core/plan.ts";
import { renderNode } from "../node/render.ts";
import { clusterPatches } from "./clusters.ts";
import { destinationRule } from "./destination-rule.ts";
import { type ConfigPatch, envoyFilters } from "./envoy-filter.ts";
import { filterPatches, type Module, removedFilters, replacedFilter, stripped } from "./filter.ts";
import { apartPatches, ownClusterPatches } from "./own-clusters.ts";
import { levelOnResponses, restoredRoutes, routePatches } from "./routes.ts";

export type RenderIstioOptions = {
  readonly module: Module;
  /** Where the ConfigMap of the node programs is. */
  readonly installNamespace: string;
};

/** The later sees what the earlier made. An opt-out comes before other exceptions: these find nothing to replace then. */
const namespacePriority = 10;
const optOutPriority = 20;
const exceptionPriority = 30;

export function renderIstio(plan: Plan, { module, installNamespace }: RenderIstioOptions): readonly Manifest[] {
  if (plan.mode === "Off") return [];
  const isEnforced = plan.mode === "Enforce";
  return [
    ...plan.enrolments.flatMap((enrolment) => sidecars(plan, enrolment, outboundPatches(plan, enrolment), module)),
    ...plan.gateways.flatMap((gateway) => gatewayProxies(plan, gateway, module)),
    ...(isEnforced ? plan.subsetRules.map(destinationRule) : []),
    ...nodePrograms(plan, installNamespace),
  ].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

type Outbound = {
  /** For all Services with default routes together. */
  readonly shared: readonly ConfigPatch[];
  /** For those that are unlike them. */
  readonly apart: readonly ConfigPatch[];
  readonly clusters: readonly ConfigPatch[];
  readonly routes: readonly ConfigPatch[];
};

function outboundPatches(plan: Plan, { choices, plainPorts }: Enrolment): Outbound {
  if (plan.mode !== "Enforce") return { shared: [], apart: [], clusters: [], routes: [] };
  return {
    shared: ownClusterPatches(plan, plainPorts),
    apart: apartPatches(plan, plainPorts),
    clusters: clusterPatches(plan, "SIDECAR_OUTBOUND", choices, plainPorts.length > 0 ? plan.ownClusters : []),
    routes: routePatches(plan, "SIDECAR_OUTBOUND", choices),
  };
}

function sidecars(
  plan: Plan,
  { namespace, classification, exceptions, choices, plainPorts }: Enrolment,
  { shared, apart, clusters, routes }: Outbound,
  module: Module,
): Manifest[] {
  const where = { namespace, priority: namespacePriority };
  const filters = [
    ...filterPatches(plan, "inbound", classification, module),
    ...filterPatches(plan, "outbound", classification, module, plainPorts.length > 0 ? plan.ownClusters : []),
  ];
  return [
    ...envoyFilters("expedite-filter", "filter", { ...where, module: module.digest }, filters),
    ...exceptions.flatMap((exception) => exceptional(plan, namespace, exception, choices, module)),
    // They name no cluster, so their order does not matter; what a proxy refuses of its routes may be about them.
    ...envoyFilters("expedite-shared-routes", "routes", where, shared),
    ...envoyFilters("expedite-apart-routes", "routes", where, apart),
    ...envoyFilters("expedite-clusters", "clusters", where, clusters),
    ...envoyFilters("expedite-routes", "routes", where, routes),
  ];
}

/** Patches apply in the order of their priority (istiod 1.31, envoyfilter/listener_patch.go): these see the namespace's. */
function exceptional(
  plan: Plan,
  namespace: string,
  { selector, classification }: WorkloadException,
  choices: Enrolment["choices"],
  module: Module,
): readonly Manifest[] {
  const key = createHash("sha256").update(JSON.stringify(selector)).digest("hex").slice(0, 8);
  const where = { namespace, selector, priority: classification === undefined ? optOutPriority : exceptionPriority };
  if (classification !== undefined)
    return envoyFilters(
      `expedite-filter-${key}`,
      "filter",
      { ...where, module: module.digest },
      replacedFilter(plan, classification, module),
    );
  return [
    ...envoyFilters("expedite-opt-out-filter", "filter", where, removedFilters),
    ...(plan.mode === "Enforce"
      ? envoyFilters("expedite-opt-out-routes", "filter", where, restoredRoutes(choices))
      : []),
  ];
}

function gatewayProxies(
  plan: Plan,
  { name, namespace, selector, classification, choices }: GatewayWorkload,
  module: Module,
): Manifest[] {
  const where = { namespace, selector, priority: namespacePriority };
  const filters = filterPatches(plan, "gateway", classification, module);
  if (plan.mode !== "Enforce")
    return [...envoyFilters(`expedite-filter-${name}`, "filter", { ...where, module: module.digest }, filters)];
  const strip = classification.trust === "Never" ? [stripped(plan.header)] : [];
  const routes = [levelOnResponses(plan.header), ...routePatches(plan, "GATEWAY", choices)];
  return [
    ...envoyFilters(`expedite-filter-${name}`, "filter", { ...where, module: module.digest }, [...strip, ...filters]),
    ...envoyFilters(`expedite-clusters-${name}`, "clusters", where, clusterPatches(plan, "GATEWAY", choices)),
    ...envoyFilters(`expedite-routes-${name}`, "routes", where, routes),
  ];
}

/** What the node agents read. */
function nodePrograms(plan: Plan, namespace: string): readonly Manifest[] {
  const programs = renderNode(plan);
  if (programs.length === 0) return [];
  const data = Object.fromEntries(programs.map(({ name, program }) => [`${name}.json`, JSON.stringify(program)]));
  const labels = { ...managedBy, [stepLabel]: "node" };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "expedite-node-programs", namespace, labels }, data },
  ];
}

function sortKey({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${namespace} ${kind} ${name}`;
}
