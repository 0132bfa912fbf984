// The facts in which one mesh differs from another. They come from Istio's mesh config, and nothing else here has them as constants.
import { type IstioMeshConfig, istioMeshConfig, type PathNormalization } from "../api/mesh-config.ts";

/** As `http[].retries` of a VirtualService and `defaultHttpRetryPolicy` of a mesh config say it (Istio: HTTPRetry), fields in JSON. */
export type Retries = Readonly<Record<string, unknown>>;

export type MeshConfig = {
  /** Where mesh-wide configuration is, and where a DestinationRule is looked up last. */
  readonly rootNamespace: string;
  /** Of the SPIFFE identities: the mesh's own first, then its aliases, which Istio takes for the same. */
  readonly trustDomains: readonly string[];
  /** A Service's host ends in `.svc.` and this. */
  readonly clusterDomain: string;
  /** What exportTo is where an object says none. */
  readonly defaultExportTo: {
    readonly service: readonly string[];
    readonly virtualService: readonly string[];
    readonly destinationRule: readonly string[];
  };
  /** `defaultHttpRetryPolicy`; absent: Istio's own. */
  readonly defaultRetries?: Retries;
  /** What proxies do with a request's path before the filter sees it; absent: BASE. */
  readonly pathNormalization?: Exclude<PathNormalization, "DEFAULT">;
};

/** Istio's (mesh.DefaultMeshConfig), for files that say nothing of the mesh. */
export const defaultMeshConfig: MeshConfig = {
  rootNamespace: "istio-system",
  trustDomains: ["cluster.local"],
  clusterDomain: "cluster.local",
  defaultExportTo: { service: ["*"], virtualService: ["*"], destinationRule: ["*"] },
};

export type SaidOutsideOfMeshConfig = {
  /** The mesh config does not have it: it is a setting of istiod. */
  readonly clusterDomain?: string | undefined;
  /** Where the mesh config says none: the namespace that holds it. */
  readonly rootNamespace?: string | undefined;
};

function trustDomainsOf({ trustDomain, trustDomainAliases }: IstioMeshConfig): readonly string[] {
  const own = trustDomain === "" ? defaultMeshConfig.trustDomains : [trustDomain];
  return [...new Set([...own, ...trustDomainAliases.filter((alias) => alias !== "")])];
}

/** What a mesh config leaves out is Istio's default. */
export function meshConfigFrom(
  said: IstioMeshConfig,
  {
    clusterDomain = defaultMeshConfig.clusterDomain,
    rootNamespace = defaultMeshConfig.rootNamespace,
  }: SaidOutsideOfMeshConfig = {},
): MeshConfig {
  const { normalization = "DEFAULT" } = said.pathNormalization ?? {};
  const names = (list: readonly string[]): readonly string[] => (list.length === 0 ? ["*"] : list);
  return {
    rootNamespace: said.rootNamespace === "" ? rootNamespace : said.rootNamespace,
    trustDomains: trustDomainsOf(said),
    clusterDomain,
    defaultExportTo: {
      service: names(said.defaultServiceExportTo),
      virtualService: names(said.defaultVirtualServiceExportTo),
      destinationRule: names(said.defaultDestinationRuleExportTo),
    },
    ...(said.defaultHttpRetryPolicy === undefined ? {} : { defaultRetries: said.defaultHttpRetryPolicy }),
    ...(normalization === "DEFAULT" ? {} : { pathNormalization: normalization }),
  };
}

/** What istiod needs not be asked for: no proxy's path is the controller's business, and a value that is newer than we must not stop it. */
const activeMeshConfig = istioMeshConfig.omit({ pathNormalization: true }).strip();

/** @param answer an istiod's of /debug/mesh: its active mesh config as JSON, without what has no value. @throws for another form */
export function activeMeshConfigOf(answer: unknown, outside: SaidOutsideOfMeshConfig = {}): MeshConfig {
  return meshConfigFrom(activeMeshConfig.parse(answer), outside);
}
