// A Kubernetes object as we write it: what renderers give and the controller applies; and the label by which it is known.

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

/** On every object that we write. */
export const managedBy = { "app.kubernetes.io/managed-by": "expedite" } as const;
/** The same as a label selector of the API server. */
export const managedBySelector = Object.entries(managedBy)
  .map((entry) => entry.join("="))
  .join(",");

type Labelled = { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } };

/** Whether Expedite wrote it. */
export function isManaged({ metadata: { labels = {} } }: Labelled): boolean {
  return Object.entries(managedBy).every(([key, value]) => labels[key] === value);
}
/** Of a filter: the digest of its module. */
export const moduleLabel = "expedite.dev/module";
