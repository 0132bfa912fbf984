// Defines how the filter names the clusters for a request to a shared route of the control plane, and proves that the names are its own. A
// request gets both only if its level has clusters of its own and a variant may replace the route that Envoy chose.

/**
 * Request header: the name of the level's cluster, a space, and the name of the cluster that the request's own route leads to. The shared
 * route removes the header. Neither name contains a space or a comma.
 */
export const levelClusterHeader = "x-expedite-cluster";

/** Object in the request's filter state, which only a filter in the proxy can create: the name of the variant. */
export const levelClusterState = "wasm.expedite.cluster";

/** The variant for the routes that istiod makes of a Service without a user's route. */
export const defaultVariant = "default";

/** Bytes of a subset's name: istiod accepts DNS labels (RFC 1123). */
const maxSubset = 63;

/**
 * The subset in which a level has connections of its own. The filter makes the same name (assembly/core/level-cluster.ts).
 * @param subset a user's subset that the level's is a part of; if the name would be too long, its hash is used
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
