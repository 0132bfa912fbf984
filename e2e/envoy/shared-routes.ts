// Makes what the control plane renders in front of a virtual host's routes, taken from its golden files: one route for each variant, the
// specifier that chooses the cluster, and the filter that looks the route up. The filter names variant and clusters in
// filter/assembly/core/level-cluster.ts.
import { readFileSync } from "node:fs";

type Json = Readonly<Record<string, unknown>>;

const golden = "../../control-plane/testdata/enrolled-namespaces-choose-by-level/istio/shop.EnvoyFilter.expedite-";

type Patch = { readonly applyTo: string; readonly patch: { readonly value: Json } };

function patchValue(object: "routes" | "filter", applyTo: string, name?: string): Json {
  const file = JSON.parse(readFileSync(new URL(`${golden}${object}.json`, import.meta.url), "utf8")) as {
    readonly spec: { readonly configPatches: readonly Patch[] };
  };
  const found = file.spec.configPatches.find(
    (patch) => patch.applyTo === applyTo && (name === undefined || patch.patch.value.name === name),
  );
  if (found === undefined) throw new Error(`${object} has no ${applyTo} ${name ?? ""}`);
  return found.patch.value;
}

/** The part of a route configuration with virtual hosts that have shared routes. */
export const specifier: Json = patchValue("routes", "ROUTE_CONFIGURATION");

/** The shared route for default routes. */
const rendered = patchValue("routes", "HTTP_ROUTE") as {
  readonly match: { readonly filter_state: readonly [{ readonly key: string }] };
  readonly route: { readonly cluster_specifier_plugin: string };
};

/** @param action what users' routes of this variant do besides naming a cluster */
export function sharedRoute(variant: string, action: Json): Json {
  const { match, route } = rendered;
  const [{ key }] = match.filter_state;
  return {
    ...rendered,
    match: { ...match, filter_state: [{ key, string_match: { exact: variant } }] },
    route: { ...action, cluster_specifier_plugin: route.cluster_specifier_plugin },
  };
}

/** Goes directly before the filter, so that Envoy's answer about the route applies to this request. */
export const lookUp: Json = patchValue("filter", "HTTP_FILTER", "expedite-route");
