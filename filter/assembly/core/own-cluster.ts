// A call's level enters. Where the level has clusters of its own and the call's route is the mesh's default one to a Service, the
// name of the level's cluster leaves in a header, with a proof in the filter state that it is ours; the route that sees the
// proof takes that cluster, or where the proxy lacks it the Service's (control-plane/src/render/istio/own-clusters.ts).
//
//   outbound|80||reviews.bookinfo.svc.cluster.local  ->  outbound|80|expedite-batch|reviews.bookinfo.svc.cluster.local
import { asciiAt, constant, copyAscii } from "../abi/ascii";
import { getHeader, Presence, removeHeader, replaceHeader } from "../abi/headers";
import { propertyPresence, getProperty, setProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { levelAt } from "./levels";
import { Level, Root } from "./root";

const clusterName = constant("xds\0cluster_name");
const clusterNameSize: usize = 16;
const routeName = constant("xds\0route_name");
const routeNameSize: usize = 14;
const metadata = constant("xds\0route_metadata\0filter_metadata");
const metadataSize: usize = 34;
/** On every route that istiod makes of a VirtualService or HTTPRoute. */
const istioMetadata = constant("xds\0route_metadata\0filter_metadata\0istio");
const istioMetadataSize: usize = 40;
/** On routes that choose by level themselves, or are unlike other default routes. */
const ownMetadata = constant("xds\0route_metadata\0filter_metadata\0expedite");
const ownMetadataSize: usize = 43;

/** As levelClusterHeader and levelClusterState of filter/config/level-cluster.ts. */
const header = constant("x-expedite-cluster");
const headerSize: usize = 18;
const proof = constant("expedite.cluster");
const proofSize: usize = 16;
const proofValue = constant("1");

const direction: string = "outbound|";
/** Of the routes that istiod makes of a Service alone; a route that an EnvoyFilter inserts has none, or one of its own. */
const defaultName: string = "default";
const subset: string = "expedite-";
/** Of a Service's host: a ServiceEntry's has no clusters of ours, and may hash or keep sessions. */
const domain: string = ".svc.cluster.local";

/** Of the longest name: a host of 253 characters, a port, a level of 32. */
const capacity: usize = 512;
const name: usize = memory.data(512, 8);

function isAt(from: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) if (load<u8>(from + <usize>i) != asciiAt(text, i)) return false;
  return true;
}

/** Writes the level's cluster to `name`. @returns its size; 0 where the route leads to no Service's own cluster */
function putName(level: Level): usize {
  if (!getProperty(clusterName, clusterNameSize)) return 0;
  const from = resultData();
  const size = resultSize();
  const start: usize = direction.length;
  if (size + <usize>subset.length + level.size > capacity) return 0;
  if (size < start + <usize>domain.length) return 0;
  if (!isAt(from, direction) || !isAt(from + size - domain.length, domain)) return 0;
  let bar = start;
  while (bar < size && load<u8>(from + bar) != 0x7c) bar++;
  if (bar + 2 >= size || load<u8>(from + bar + 1) != 0x7c) return 0;
  memory.copy(name, from, bar + 1);
  let to = name + bar + 1;
  to += copyAscii(to, subset);
  memory.copy(to, level.name, level.size);
  to += level.size;
  memory.copy(to, from + bar + 1, size - bar - 1);
  return to + size - bar - 1 - name;
}

/** Mostly it has no metadata at all, which one look tells: a map without entries is its count, 0. */
function routeIsDefault(): bool {
  if (!getProperty(routeName, routeNameSize) || resultSize() != <usize>defaultName.length) return false;
  if (!isAt(resultData(), defaultName)) return false;
  const presence = propertyPresence(metadata, metadataSize);
  if (presence == Presence.Absent || (presence == Presence.Present && resultSize() <= 4)) return true;
  return (
    propertyPresence(istioMetadata, istioMetadataSize) == Presence.Absent &&
    propertyPresence(ownMetadata, ownMetadataSize) == Presence.Absent
  );
}

/** Before anything is written to the request. */
export function chooseCluster(root: Root, index: i32): void {
  const level = levelAt(root, index);
  if (!level.hasClusters || root.observes) return;
  const size = putName(level);
  if (size == 0 || !routeIsDefault()) return;
  // Without the proof nobody reads the header, an application's neither.
  if (!setProperty(proof, proofSize, proofValue, 1)) return;
  if (getHeader(header, headerSize) != Presence.Absent) removeHeader(header, headerSize);
  replaceHeader(header, headerSize, name, size);
}
