// In: patches with the workloads that they are for. Out: EnvoyFilters, split where one would grow too large for the API server.
import type { Manifest, Step } from "../../core/manifest.ts";
import { managedBy, moduleLabel, stepLabel } from "../../core/manifest.ts";
import type { Message } from "../envoy/types.ts";

/** The matcher that routes choose with is in Istio's proxy from 1.30 on; an older one must not see any of it. */
const supportedProxies = "^1\\.(3[0-9]|[4-9][0-9])\\..*";

/** Bytes of JSON: etcd takes 1.5 MB with everything around it. */
const maxBytes = 900_000;

export type Context = "SIDECAR_INBOUND" | "SIDECAR_OUTBOUND" | "GATEWAY";

/** One entry of `configPatches`. */
export type ConfigPatch = Message;

export type Workloads = {
  readonly namespace: string;
  /** Absent: all of the namespace. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Patches of a higher one see what those of a lower one made. */
  readonly priority: number;
  /** Digest of the module that the patches carry. */
  readonly module?: string;
};

export function configPatch(
  applyTo: string,
  context: Context,
  match: Message,
  operation: string,
  value?: Message,
): ConfigPatch {
  return {
    applyTo,
    match: { context, proxy: { proxyVersion: supportedProxies }, ...match },
    patch: { operation, ...(value === undefined ? {} : { value }) },
  };
}

/** None where there is nothing to patch. */
export function envoyFilters(
  name: string,
  step: Step,
  { namespace, selector, priority, module }: Workloads,
  patches: readonly ConfigPatch[],
): readonly Manifest[] {
  return chunks(patches).map((configPatches, index) => ({
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: {
      name: index === 0 ? name : `${name}-${index + 1}`,
      namespace,
      labels: { ...managedBy, [stepLabel]: step, ...(module === undefined ? {} : { [moduleLabel]: module }) },
    },
    spec: {
      priority,
      ...(selector === undefined ? {} : { workloadSelector: { labels: selector } }),
      configPatches,
    },
  }));
}

/** Of the same patches the same lists: who compares them need not read them again. */
const split = new WeakMap<readonly ConfigPatch[], readonly (readonly ConfigPatch[])[]>();

function chunks(patches: readonly ConfigPatch[]): readonly (readonly ConfigPatch[])[] {
  const known = split.get(patches) ?? splitAt(patches);
  split.set(patches, known);
  return known;
}

function splitAt(patches: readonly ConfigPatch[]): readonly (readonly ConfigPatch[])[] {
  const found: ConfigPatch[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const patch of patches) {
    const size = JSON.stringify(patch).length;
    if (bytes + size > maxBytes) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)!.push(patch);
    bytes += size;
  }
  return found;
}
