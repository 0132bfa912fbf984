// Provides what the makers of random objects share: the mesh's names, and how objects are written.
import type { Json, Thing } from "../protocol.ts";
import type { Names } from "./names.ts";
import type { Random } from "./random.ts";

export type Port = { readonly number: number; readonly name: string; readonly isHttp: boolean };

export type Service = {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly ports: readonly Port[];
};

export type Place = {
  readonly random: Random;
  readonly names: Names;
  readonly rootNamespace: string;
  /** Without the root namespace. */
  readonly namespaces: readonly string[];
  readonly services: readonly Service[];
};

/** Names of levels, and the header that carries them. */
export const levels = ["interactive", "batch", "bulk", "scavenger"];
export const header = "x-request-priority";

export const networking = "networking.istio.io/v1";
export const gatewayApi = "gateway.networking.k8s.io/v1";

const years = [2022, 2023, 2024, 2025];

type Identity = Readonly<Record<"apiVersion" | "kind" | "name" | "namespace", string>>;

export function thing(random: Random, { apiVersion, kind, name, namespace }: Identity, rest: Json): Thing {
  const creationTimestamp = `${random.pick(years)}-0${random.between(1, 9)}-01T00:00:00Z`;
  const { metadata, ...fields } = rest;
  return { apiVersion, kind, metadata: { name, namespace, creationTimestamp, ...(metadata as Json) }, ...fields };
}

export const exportTo = ({ random, namespaces }: Place): Json =>
  random.maybe(0.3, () => ({
    exportTo: random.pick([["."], ["*"], [random.pick(namespaces)]]),
  }));

export const subsets = ["v1", "v2", `reviews-feature-checkout-rework-7f3a9c21d4e8b6a0-eu-west-1-x`];

/** The ways in which users write a Service's name: short, in two parts (which Istio takes for another host), in full. */
export function hostOf({ random }: Place, { name, namespace, host }: Service, from: string): string {
  if (random.chance(0.6)) return host;
  if (random.chance(0.2)) return `${name}.${namespace}`;
  return from === namespace ? name : host;
}
