// Sends a request to its level's cluster, if the level has clusters of its own and a variant of the shared routes may replace the route
// that Envoy chose. It writes the names of the level's cluster and of the route's own into a header, and the variant's name into the filter
// state, which no client can write (filter/config/level-cluster.ts). The write makes Envoy choose again: the shared route.
//
//   outbound|80|v2|reviews.shop.svc.cluster.local  ->  outbound|80|expedite-batch--v2|reviews.shop.svc.cluster.local
import { constant, copyAscii, isAscii, isAsciiAt } from "../abi/ascii";
import { hashBytes, hashStart, sameBytes } from "../abi/bytes";
import { getHeader, headersAreComplete, Presence, removeHeader, replaceHeader } from "../abi/headers";
import { putHexadecimal } from "../abi/hexadecimal";
import { getProperty, propertyPresence, setProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { Configuration, Level } from "./configuration";
import { levelAt } from "./levels";
import { findList, hostIsExcluded, variantOfRoute } from "./route-list";
import { variantNameSize } from "./route-table";

const clusterName = constant("xds\0cluster_name");
const routeName = constant("xds\0route_name");
/** The path of the VirtualService from which istiod made the route. A Service's default route has none. */
const routeConfig = constant("xds\0route_metadata\0filter_metadata\0istio\0config");

/** levelClusterHeader, levelClusterState (without `wasm.`, which the host adds) and defaultVariant of filter/config/level-cluster.ts. */
const header = constant("x-expedite-cluster");
const state = constant("expedite.cluster");
const defaultVariant = constant("default");

const direction: string = "outbound|";
const defaultRoute: string = "default";
const subsetPrefix: string = "expedite-";
const subsetSeparator: string = "--";
const maxSubset: usize = 63;
const bar: u8 = 0x7c;
const comma: u8 = 0x2c;

/** Both names with a space in between; the longest that istiod makes have 270 bytes and another subset. */
const capacity: usize = 1024;
const names: usize = memory.data(<i32>capacity, 8);

/** The name of the route's own cluster, and the positions of its subset and host. */
let cluster: usize = 0;
let clusterSize: usize = 0;
let subset: usize = 0;
let host: usize = 0;

/** `direction|port|subset|host` in visible ASCII: the header's form allows no space or comma. */
function parseCluster(): bool {
  const start: usize = direction.length;
  if (clusterSize < start || !isAsciiAt(cluster, direction)) return false;
  const end = cluster + clusterSize;
  let bars = 0;
  for (let at = cluster + start; at < end; at++) {
    const byte = load<u8>(at);
    if (byte <= 0x20 || byte >= 0x7f || byte == comma) return false;
    if (byte != bar) continue;
    if (++bars == 1) subset = at + 1;
    else host = at + 1;
  }
  return bars == 2 && host < end;
}

function subsetSize(): usize {
  return host - 1 - subset;
}

function hostSize(): usize {
  return cluster + clusterSize - host;
}

function readCluster(): bool {
  if (!getProperty(clusterName.at, clusterName.size)) return false;
  cluster = resultData();
  clusterSize = resultSize();
  return parseCluster();
}

/** Whether the route leads to a Service's own cluster, with all of its pods. */
function isServiceOfMesh(configuration: Configuration): bool {
  const size = configuration.serviceDomainSize;
  if (subsetSize() != 0 || hostSize() <= size) return false;
  return sameBytes(host + hostSize() - size, configuration.serviceDomain, size);
}

let variant: usize = 0;
let variantSize: usize = 0;

/** Reads the name of the variant that may replace the request's route; false if there is none. */
function readVariant(configuration: Configuration): bool {
  if (hostIsExcluded(host, hostSize())) return false;
  const presence = propertyPresence(routeConfig.at, routeConfig.size);
  if (presence == Presence.Unreadable || (presence == Presence.Absent && !isServiceOfMesh(configuration))) return false;
  const config = resultData();
  const configSize = resultSize();
  if (!getProperty(routeName.at, routeName.size)) return false;
  if (presence == Presence.Absent) {
    variant = defaultVariant.at;
    variantSize = defaultVariant.size;
    return isAscii(resultData(), resultSize(), defaultRoute);
  }
  variant = variantOfRoute(config, configSize, resultData(), resultSize());
  variantSize = variantNameSize;
  return variant != 0;
}

/**
 * Whether the route is a host's default one. It has no timeout, because neither istiod nor the control plane gives it one. To be called before
 * anything is written to the request.
 */
export function isDefaultRoute(): bool {
  if (propertyPresence(routeConfig.at, routeConfig.size) != Presence.Absent) return false;
  return getProperty(routeName.at, routeName.size) && isAscii(resultData(), resultSize(), defaultRoute);
}

/** Like levelSubset of filter/config/level-cluster.ts. @returns its end */
function putSubset(to: usize, level: Level): usize {
  const start = to;
  const size = subsetSize();
  to += copyAscii(to, subsetPrefix);
  memory.copy(to, level.name, level.size);
  to += level.size;
  if (size == 0) return to;
  to += copyAscii(to, subsetSeparator);
  if (to - start + size > maxSubset) return to + putHexadecimal(to, hashBytes(hashStart, subset, size));
  memory.copy(to, subset, size);
  return to + size;
}

/** Writes the level's cluster, a space, and the route's own. @returns their size */
function putNames(level: Level): usize {
  memory.copy(names, cluster, subset - cluster);
  let to = putSubset(names + (subset - cluster), level);
  memory.copy(to, host - 1, hostSize() + 1);
  to += hostSize() + 1;
  store<u8>(to++, 0x20);
  memory.copy(to, cluster, clusterSize);
  return to + clusterSize - names;
}

/** To be called before anything is written to the request, so that Envoy's answers about the route apply to this request. */
export function chooseCluster(configuration: Configuration, index: i32): void {
  const level = levelAt(configuration, index);
  if (!level.hasClusters || configuration.observes || !headersAreComplete()) return;
  if (!readCluster() || (clusterSize << 1) + maxSubset + 1 > capacity) return;
  if (!findList() || !readVariant(configuration)) return;
  // Without it no shared route matches, whatever the header contains.
  if (!setProperty(state.at, state.size, variant, variantSize)) return;
  if (getHeader(header.at, header.size) != Presence.Absent) removeHeader(header.at, header.size);
  replaceHeader(header.at, header.size, names, putNames(level));
}
