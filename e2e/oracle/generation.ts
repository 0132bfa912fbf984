// Reads the generator's answer: what each proxy gets, by name, and which of it is Expedite's.
import type { Answer, Configuration, Json } from "./protocol.ts";

/** A resource, and an id that only the same bytes have. */
export type Resource = { readonly id: string; readonly value: Json };

/** One proxy's resources by name. */
export type ProxyConfig = {
  readonly clusters: ReadonlyMap<string, Resource>;
  readonly routes: ReadonlyMap<string, Resource>;
  readonly listeners: ReadonlyMap<string, Resource>;
  readonly extensions: ReadonlyMap<string, Resource>;
};

export type Generation = ReadonlyMap<string, ProxyConfig>;

export const kinds = ["clusters", "routes", "listeners", "extensions"] as const;

export function generationsOf({ generations, resources }: Answer): readonly Generation[] {
  const byName = (ids: readonly string[] | null): ReadonlyMap<string, Resource> =>
    new Map((ids ?? []).map((id) => [String(resources[id]!.name), { id, value: resources[id]! }]));
  const configOf = (from: Configuration): ProxyConfig => ({
    ...{ clusters: byName(from.clusters), routes: byName(from.routes) },
    ...{ listeners: byName(from.listeners), extensions: byName(from.extensions) },
  });
  return generations.map((one) => new Map(Object.entries(one).map(([id, from]) => [id, configOf(from)])));
}

/** Fields in the JSON form of Envoy's protobuf. */
export type Route = Json & {
  readonly name?: string;
  readonly match: Json & {
    readonly headers?: readonly (Json & { readonly name: string })[];
    readonly filterState?: readonly Json[];
  };
  readonly route?: Json & {
    readonly cluster?: string;
    readonly weightedClusters?: { readonly clusters: readonly (Json & { readonly name: string })[] };
    readonly clusterSpecifierPlugin?: string;
  };
  readonly metadata?: { readonly filterMetadata?: { readonly istio?: { readonly config?: string } } };
};

export type VirtualHost = Json & { readonly name: string; readonly routes?: readonly Route[] };

export const virtualHostsOf = ({ value }: Resource): readonly VirtualHost[] =>
  (value.virtualHosts ?? []) as readonly VirtualHost[];

export const levelHeader = "x-expedite-cluster";

/**
 * Expedite's are those that only its filter's requests can match, or that have its names. only-adds.ts has to hold by itself, whatever this
 * says.
 */
export const isOurRoute = ({ match }: Route): boolean => JSON.stringify(match).includes("wasm.expedite");
export const isOurCluster = (name: string): boolean => /^expedite\||^outbound\|\d+\|expedite-/.test(name);
export const isOurFilter = (name: string): boolean => /^expedite-/.test(name);
