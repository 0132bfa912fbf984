// Makes EnvoyFilters of patches for workloads, split where one would grow too large for the API server.
import { digest } from "../../core/digest.ts";
import { managedBy, moduleLabel } from "../../core/labels.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Message } from "../xds/message.ts";

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

export type Patch = {
  readonly applyTo: string;
  readonly context: Context;
  readonly operation: "ADD" | "MERGE" | "INSERT_BEFORE" | "INSERT_FIRST" | "REPLACE" | "REMOVE";
  /** Absent: everything of the context. */
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

/** None where there is nothing to patch. */
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
    },
    spec: {
      priority,
      ...(selector === undefined ? {} : { workloadSelector: { labels: selector } }),
      configPatches,
    },
  };
}

/** Of the same patches the same lists: who compares them need not read them again. */
const split = new WeakMap<readonly ConfigPatch[], readonly (readonly ConfigPatch[])[]>();

function chunks(patches: readonly ConfigPatch[]): readonly (readonly ConfigPatch[])[] {
  const known = split.get(patches) ?? splitBySize(patches);
  split.set(patches, known);
  return known;
}

/**
 * Each patch has its place by what it is about: if another comes or goes it stays in its object, because a cluster that moves
 * to another object is gone for as long as only the first of the two was written.
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

/** What a patch changes or adds, whatever it makes of it. */
function subjectOf({ applyTo, match, patch }: ConfigPatch): string {
  const { value } = patch as { readonly value?: { readonly name?: string } };
  return JSON.stringify([applyTo, match, value?.name]);
}
