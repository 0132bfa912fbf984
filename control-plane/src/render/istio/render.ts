// Makes the objects with which an Istio mesh does what the Plan says, sorted. Pure.
import { digest } from "../../core/digest.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Enrolment, GatewayWorkload, Plan, WorkloadException } from "../../core/plan.ts";
import { clusterPatches, type Mark, marksOf } from "./clusters.ts";
import { destinationRule } from "./destination-rule.ts";
import { envoyFilters } from "./envoy-filter.ts";
import { filterPatches, levelOnResponses, type Module, removedFilters, replacedFilter, stripped } from "./filter.ts";
import { hasSharedRoutes, routeListOf, sharedRoutes } from "./shared-routes.ts";

/**
 * The greatest possible priorities: users' filters and routes are where they would be without Expedite, whatever they are inserted next to.
 * The later ones see the result of the earlier ones; an opt-out comes before other exceptions, which then find nothing to replace.
 */
const namespacePriority = 2_147_483_645;
const optOutPriority = 2_147_483_646;
const exceptionPriority = 2_147_483_647;

export function renderIstio(plan: Plan, module: Module): readonly Manifest[] {
  if (plan.mode === "Disabled") return [];
  const context = { plan, module, marks: marksOf(plan) };
  return [
    ...plan.enrolments.flatMap((enrolment) => sidecars(enrolment, context)),
    ...plan.gateways.flatMap((gateway) => gatewayProxies(gateway, context)),
    ...(plan.mode === "Enforce" ? plan.subsetRules.map(destinationRule) : []),
  ].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

type RenderContext = { readonly plan: Plan; readonly module: Module; readonly marks: readonly Mark[] };

function sidecars(
  { namespace, classification, exceptions, routing }: Enrolment,
  { plan, module, marks }: RenderContext,
): Manifest[] {
  const where = { namespace, priority: namespacePriority };
  const isRouted = hasSharedRoutes(plan, routing);
  const list = isRouted ? routeListOf(plan, routing) : undefined;
  const filters = [
    ...filterPatches(plan, { role: "inbound", classification, module }),
    ...filterPatches(plan, { role: "outbound", classification, module, list }),
  ];
  return [
    ...envoyFilters("expedite-filter", { ...where, module: module.digest }, filters),
    ...exceptions.flatMap((exception) => exceptional(namespace, exception, { plan, module })),
    ...envoyFilters("expedite-routes", where, sharedRoutes(plan, "SIDECAR_OUTBOUND", routing)),
    ...(isRouted ? envoyFilters("expedite-clusters", where, clusterPatches(marks, "SIDECAR_OUTBOUND", routing)) : []),
  ];
}

/** Patches apply in the order of their priority (istiod 1.31, envoyfilter/listener_patch.go), so these see the namespace's. */
function exceptional(
  namespace: string,
  { selector, classification, queue }: WorkloadException,
  { plan, module }: Omit<RenderContext, "marks">,
): readonly Manifest[] {
  const key = digest(JSON.stringify(selector), 8);
  const where = { namespace, selector, priority: classification === undefined ? optOutPriority : exceptionPriority };
  // Without the filter no shared route matches.
  if (classification === undefined) return envoyFilters("expedite-opt-out-filter", where, removedFilters);
  return envoyFilters(
    `expedite-filter-${key}`,
    { ...where, module: module.digest },
    replacedFilter(plan, { classification, queue }, module),
  );
}

function gatewayProxies(
  { name, namespace, selector, classification, routing }: GatewayWorkload,
  { plan, module, marks }: RenderContext,
): Manifest[] {
  const where = { namespace, selector, priority: namespacePriority };
  const isRouted = hasSharedRoutes(plan, routing);
  const list = isRouted ? routeListOf(plan, routing) : undefined;
  const filters = filterPatches(plan, { role: "gateway", classification, module, list });
  if (plan.mode !== "Enforce")
    return [...envoyFilters(`expedite-filter-${name}`, { ...where, module: module.digest }, filters)];
  const strip = classification.trust === "Never" ? [stripped(plan.header)] : [];
  const routes = [levelOnResponses(plan), ...sharedRoutes(plan, "GATEWAY", routing)];
  return [
    ...envoyFilters(`expedite-filter-${name}`, { ...where, module: module.digest }, [...strip, ...filters]),
    ...envoyFilters(`expedite-routes-${name}`, where, routes),
    ...(isRouted ? envoyFilters(`expedite-clusters-${name}`, where, clusterPatches(marks, "GATEWAY", routing)) : []),
  ];
}

function sortKey({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${namespace} ${kind} ${name}`;
}
