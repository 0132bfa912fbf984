// Makes a mesh from a seed, with everything that users of Istio write, sensible or not, and the same mesh after a user's change.
import type { Json, Thing } from "../protocol.ts";
import { destinationRules, sidecars } from "./destination-rules.ts";
import { envoyFilters } from "./envoy-filters.ts";
import { ladder, policies } from "./expedite.ts";
import { gateways, routes } from "./gateways.ts";
import type { Mesh } from "./mesh.ts";
import { longNames, shortNames } from "./names.ts";
import type { Place } from "./place.ts";
import { Random } from "./random.ts";
import { namespaceObjects, serviceEntries, serviceObjects, servicesOf } from "./services.ts";
import { virtualServices } from "./virtual-services.ts";

export type RandomMesh = { readonly mesh: Mesh; readonly changed: readonly Thing[] };

/** One of this many meshes has names of the greatest length. */
const longEvery = 8;

export function randomMesh(seed: number): RandomMesh {
  const random = new Random(seed);
  const names = seed % longEvery === 0 ? longNames : shortNames;
  const namespaces = ["shop", "web", "jobs"].slice(0, random.between(2, 3)).map(names.label);
  const rootNamespace = random.chance(0.2) ? "istio-config" : "istio-system";
  const services = servicesOf({ random, names }, namespaces);
  const place: Place = { random, names, namespaces, rootNamespace, services };
  const { objects: entrances, names: gatewayNames } = gateways(place);
  const users = [
    ...namespaceObjects(place),
    ...serviceObjects(place),
    ...serviceEntries(place),
    ...entrances,
    ...virtualServices(place, gatewayNames),
    ...routes(place, entrances),
    ...destinationRules(place),
    ...sidecars(place),
    ...envoyFilters(place),
  ];
  const objects = [ladder(place), ...policies(place, users), ...users];
  const mesh: Mesh = { meshConfig: meshConfig(place), objects, age: random.pick(["oldest", "newest"]) };
  return { mesh, changed: change(place, gatewayNames, objects) };
}

function meshConfig({ random, rootNamespace }: Place): Json {
  const exportTo = (field: string) => random.maybe(0.08, () => ({ [field]: ["."] }));
  return {
    rootNamespace,
    ...exportTo("defaultServiceExportTo"),
    ...exportTo("defaultVirtualServiceExportTo"),
    ...exportTo("defaultDestinationRuleExportTo"),
    ...random.maybe(0.1, () => ({ trustDomain: "mesh.example" })),
    ...random.maybe(0.15, () => ({ defaultHttpRetryPolicy: { attempts: 3, retryOn: "503" } })),
    ...random.maybe(0.1, () => ({ outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } })),
    ...random.maybe(0.1, () => ({ proxyHttpPort: 15007 })),
  };
}

/** Replaces one kind of routes or rules by another's, like a user's change that the controller has not seen yet. */
function change(place: Place, gatewayNames: readonly string[], objects: readonly Thing[]): readonly Thing[] {
  const kind = place.random.pick(["VirtualService", "HTTPRoute"]);
  const others = objects.filter((one) => one.kind !== kind);
  if (kind === "VirtualService") return [...others, ...virtualServices(place, gatewayNames)];
  return [...others.filter((one) => one.kind !== "GRPCRoute"), ...routes(place, objects)];
}
