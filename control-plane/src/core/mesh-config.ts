// Defines the facts in which meshes differ. They come from Istio's mesh config, and nothing else here has them as constants.
import type { LabelSelector } from "../api/label-selector.ts";
import { type IstioMeshConfig, istioMeshConfig, type PathNormalization } from "../api/mesh-config.ts";
import { isValidSelector } from "./label-selector.ts";

/** Istio's HTTPRetry in JSON, as in `http[].retries` of a VirtualService and `defaultHttpRetryPolicy` of the mesh config. */
export type Retries = Readonly<Record<string, unknown>>;

export type MeshConfig = {
  /** The namespace for mesh-wide configuration, in which DestinationRules are looked up last. */
  readonly rootNamespace: string;
  /** Where istiod runs. If absent, it is not known. */
  readonly istiodNamespace?: string;
  /** A namespace that none of them selects does not exist for istiod. If absent, istiod reads all of them. */
  readonly discoverySelectors?: readonly LabelSelector[];
  /** What istiod's pods do not agree on, by the names of Istio's mesh config; this is what most of them say. If absent, they agree. */
  readonly disagreements?: readonly string[];
  /** Trust domains of the SPIFFE identities: the mesh's own first, then its aliases, which Istio treats as equal. */
  readonly trustDomains: readonly string[];
  /** The host of a Service ends in `.svc.` and this domain. */
  readonly clusterDomain: string;
  /** The exportTo of an object without one. */
  readonly defaultExportTo: {
    readonly service: readonly string[];
    readonly virtualService: readonly string[];
    readonly destinationRule: readonly string[];
  };
  /** `defaultHttpRetryPolicy`. If absent, Istio's default. */
  readonly defaultRetries?: Retries;
  /** How proxies normalise the path of a request before the filter sees it. If absent, BASE. */
  readonly pathNormalization?: Exclude<PathNormalization, "DEFAULT">;
};

/** Istio's defaults (mesh.DefaultMeshConfig), for files that don't contain the mesh config. */
export const defaultMeshConfig: MeshConfig = {
  rootNamespace: "istio-system",
  trustDomains: ["cluster.local"],
  clusterDomain: "cluster.local",
  defaultExportTo: { service: ["*"], virtualService: ["*"], destinationRule: ["*"] },
};

export type SaidOutsideOfMeshConfig = {
  /** A setting of istiod that the mesh config does not contain. */
  readonly clusterDomain?: string | undefined;
  /** The namespace of istiod and its mesh config, which is the root namespace if the mesh config names none. */
  readonly istiodNamespace?: string | undefined;
};

function trustDomainsOf({ trustDomain, trustDomainAliases }: IstioMeshConfig): readonly string[] {
  const own = trustDomain === "" ? defaultMeshConfig.trustDomains : [trustDomain];
  return [...new Set([...own, ...trustDomainAliases.filter((alias) => alias !== "")])];
}

/** Fills in Istio's defaults. */
export function meshConfigFrom(
  said: IstioMeshConfig,
  { clusterDomain = defaultMeshConfig.clusterDomain, istiodNamespace }: SaidOutsideOfMeshConfig = {},
): MeshConfig {
  const { normalization = "DEFAULT" } = said.pathNormalization ?? {};
  const { discoverySelectors } = said;
  const names = (list: readonly string[]): readonly string[] => (list.length === 0 ? ["*"] : list);
  return {
    rootNamespace:
      said.rootNamespace === "" ? (istiodNamespace ?? defaultMeshConfig.rootNamespace) : said.rootNamespace,
    trustDomains: trustDomainsOf(said),
    clusterDomain,
    defaultExportTo: {
      service: names(said.defaultServiceExportTo),
      virtualService: names(said.defaultVirtualServiceExportTo),
      destinationRule: names(said.defaultDestinationRuleExportTo),
    },
    ...(istiodNamespace === undefined ? {} : { istiodNamespace }),
    // istiod ignores all of them if one is invalid.
    ...(discoverySelectors.length > 0 && discoverySelectors.every(isValidSelector) ? { discoverySelectors } : {}),
    ...(said.defaultHttpRetryPolicy === undefined ? {} : { defaultRetries: said.defaultHttpRetryPolicy }),
    ...(normalization === "DEFAULT" ? {} : { pathNormalization: normalization }),
  };
}

/** Left out of istiod's answer: the controller does not need path normalisation, and a value unknown to this version must not stop it. */
const activeMeshConfig = istioMeshConfig.omit({ pathNormalization: true }).strip();

/** @param answer istiod's answer to /debug/mesh: its active mesh config as JSON, without empty fields. @throws if it has another form */
export function activeMeshConfigOf(answer: unknown, outside: SaidOutsideOfMeshConfig = {}): MeshConfig {
  return meshConfigFrom(activeMeshConfig.parse(answer), outside);
}
