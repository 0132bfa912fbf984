// What one mesh is unlike another in: facts that istiod has and that everything here takes from it, never from a constant. Types, and Istio's defaults.

/** As `http[].retries` of a VirtualService and `defaultHttpRetryPolicy` of a mesh config say it (Istio: HTTPRetry), fields in JSON. */
export type Retries = Readonly<Record<string, unknown>>;

export type MeshConfig = {
  /** Where mesh-wide configuration is, and where a DestinationRule is looked up last. */
  readonly rootNamespace: string;
  /** Of the SPIFFE identities. */
  readonly trustDomain: string;
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
};

/** Istio's (mesh.DefaultMeshConfig), for files that say nothing of the mesh. */
export const defaultMeshConfig: MeshConfig = {
  rootNamespace: "istio-system",
  trustDomain: "cluster.local",
  clusterDomain: "cluster.local",
  defaultExportTo: { service: ["*"], virtualService: ["*"], destinationRule: ["*"] },
};
