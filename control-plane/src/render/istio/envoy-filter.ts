// Makes EnvoyFilters of patches for workloads, split if one would be too large for the API server.
import { digest } from "../../core/digest.ts";
import { managedBy, moduleLabel, suppressedMessages } from "../../core/labels.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Message } from "../xds/message.ts";

/** Istio's proxy has the matcher with which routes choose from 1.30 on; an older one must not get any of it. */
const supportedProxies = "^1\\.(3[0-9]|[4-9][0-9])\\..*";

/** Bytes of JSON: etcd accepts 1.5 MB with everything around it. */
const maxBytes = 900_000;

export type Context = "SIDECAR_INBOUND" | "SIDECAR_OUTBOUND" | "GATEWAY";

/** One entry of `configPatches`. */
export type ConfigPatch = Message;

export type Workloads = {
  readonly namespace: string;
  /** Absent: all workloads of the namespace. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Patches with a higher priority see the result of those with a lower one. */
  readonly priority: number;
  /** Digest of the module in the patches. */
  readonly module?: string;
};

export type Patch = {
  readonly applyTo: string;
  readonly context: Context;
  readonly operation: "ADD" | "MERGE" | "INSERT_AFTER" | "INSERT_BEFORE" | "INSERT_FIRST" | "REPLACE" | "REMOVE";
  /** Absent: everything in the context. */
  readonly match?: Message;
  readonly value?: Message;
};

export function configPatch({ applyTo, context, operation, match, value }: Patch): ConfigPatch {
  return {
    applyTo,
    match: { context, proxy: { proxyVersion: supportedProxies }, ...match },
    patch: { operation, ...(value === undefined ? {} : { value }) },
  };
}

/** Empty if there is nothing to patch. */
export function envoyFilters(name: string, workloads: Workloads, patches: readonly ConfigPatch[]): readonly Manifest[] {
  return chunks(patches).flatMap((configPatches, index) =>
    configPatches.length === 0
      ? []
      : [envoyFilter(index === 0 ? name : `${name}-${index + 1}`, workloads, configPatches)],
  );
}

function envoyFilter(
  name: string,
  { namespace, selector, priority, module }: Workloads,
  configPatches: readonly ConfigPatch[],
): Manifest {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: {
      name,
      namespace,
      labels: { ...managedBy, ...(module === undefined ? {} : { [moduleLabel]: module }) },
      annotations: suppressedMessages,
    },
    spec: {
      priority,
      ...(selector === undefined ? {} : { workloadSelector: { labels: selector } }),
      configPatches,
    },
  };
}

/** Returns the same list for the same patches, so that comparing them does not read them again. */
const split = new WeakMap<readonly ConfigPatch[], readonly (readonly ConfigPatch[])[]>();

function chunks(patches: readonly ConfigPatch[]): readonly (readonly ConfigPatch[])[] {
  const known = split.get(patches) ?? splitBySize(patches);
  split.set(patches, known);
  return known;
}

/**
 * Each patch has its place by its subject: if another one is added or removed, it stays in its object, because a cluster that moves to
 * another object is missing while only the first of the two has been written.
 */
function splitBySize(patches: readonly ConfigPatch[]): readonly (readonly ConfigPatch[])[] {
  const sizes = patches.map((patch) => JSON.stringify(patch).length);
  if (sizes.reduce((sum, size) => sum + size, 0) <= maxBytes) return patches.length === 0 ? [] : [patches];
  const places = patches.map((patch) => Number.parseInt(digest(subjectOf(patch), 8), 16));
  for (let count = 2; ; count *= 2) {
    const found = Array.from({ length: count }, (): ConfigPatch[] => []);
    const bytes = found.map(() => 0);
    for (const [index, patch] of patches.entries()) {
      const place = places[index]! % count;
      found[place]!.push(patch);
      bytes[place]! += sizes[index]!;
    }
    if (bytes.every((size) => size <= maxBytes) || count >= patches.length) return found;
  }
}

/** What a patch changes or adds, regardless of how. */
function subjectOf({ applyTo, match, patch }: ConfigPatch): string {
  const { value } = patch as { readonly value?: { readonly name?: string } };
  return JSON.stringify([applyTo, match, value?.name]);
}
