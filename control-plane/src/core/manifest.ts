// A Kubernetes object as the renderers make it and the controller applies it.
import { isSelected, type Labels, managedBy } from "./labels.ts";

/** Identifies an object that Expedite writes. */
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
};

type Labelled = { readonly metadata: { readonly labels?: Labels } };

/** Whether Expedite wrote it. */
export const isManaged = ({ metadata: { labels } }: Labelled): boolean => isSelected(managedBy, labels);
