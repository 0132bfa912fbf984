// How the filter names to a shared route of the control plane the clusters that a request is for, and proves that the names are its own.
// A request gets both only where its level has clusters of its own and the route that Envoy chose is one that a variant stands for.

/**
 * Request header: the name of the level's cluster, a space, and the name of the cluster that the request's own route leads to.
 * The shared route removes it. Neither name contains a space or a comma.
 */
export const levelClusterHeader = "x-expedite-cluster";

/** Object of the request's filter state, which only a filter in the proxy can make: the name of the variant. */
export const levelClusterState = "wasm.expedite.cluster";

/** The variant of the routes that istiod makes of a Service without any route of a user's. */
export const defaultVariant = "default";

/** Bytes of a subset's name: istiod takes DNS labels (RFC 1123). */
const maxSubset = 63;

/**
 * The subset in which a level has connections of its own. The filter makes the same name (assembly/core/level-cluster.ts).
 * @param subset of a user's that the level's is a part of; one that makes the name too long is named by its hash
 * @returns a DNS label of at most 63 characters
 */
export function levelSubset(level: string, subset = ""): string {
  if (subset === "") return `expedite-${level}`;
  const name = `expedite-${level}--${subset}`;
  return name.length <= maxSubset ? name : `expedite-${level}--${fnv1a(subset)}`;
}

/** FNV-1a of 64 bits (draft-eastlake-fnv), 16 hexadecimal digits. `text`: ASCII. */
export function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, "0");
}
