// A Kubernetes object as we write it, and when: what renderers give and the loop applies. Types only.

/** What names an object of ours. */
export type ManifestRef = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
};

export type Manifest = ManifestRef & {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
};

/**
 * The order of a change, as the label `expedite.dev/step` of each object says it. On the way in filters and clusters come
 * before routes, on the way out routes go first: a route must never name a cluster that a proxy does not have.
 */
export type Step = "filter" | "clusters" | "routes" | "node";

export const managedBy = { "app.kubernetes.io/managed-by": "expedite" } as const;
export const stepLabel = "expedite.dev/step";
/** Of a filter: the digest of its module. */
export const moduleLabel = "expedite.dev/module";
