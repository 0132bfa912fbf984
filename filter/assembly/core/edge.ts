// A request from a peer enters, its level leaves: the part that inbound and gateway share. What the peer says of the
// level is believed only as far as the configuration trusts it, and our header is removed otherwise.
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { getHeader, headerSize, headerValue, Presence } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { carriedLevel } from "./carriers";
import { count } from "./counters";
import { levelNamed, removeLevel } from "./levels";
import { noLevel, Root, Trust } from "./root";

const uriSan = constant("connection\0uri_san_peer_certificate");
const uriSanSize: usize = 35;

/** What believedLevel last found stands in our own header. */
export let inHeader: bool = false;

/** Envoy's listener has verified the certificate; a peer without one, so plaintext too, has no such attribute. */
function peerIsOfMesh(root: Root): bool {
  if (!getProperty(uriSan, uriSanSize)) return false;
  const size = root.spiffePrefixSize;
  return resultSize() >= size && sameBytes(resultData(), root.spiffePrefix, size);
}

/** The level that the peer gives the request, where it is believed. Our header, where it is not, is gone afterwards. */
export function believedLevel(root: Root): i32 {
  const presence = getHeader(root.header, root.headerSize);
  inHeader = false;
  let level = noLevel;
  if (root.trust != Trust.Never) {
    if (presence == Presence.Present) level = levelNamed(root, headerValue, headerSize);
    inHeader = level != noLevel;
    if (!inHeader) level = carriedLevel(root);
    if (level != noLevel && root.trust == Trust.Mesh && !peerIsOfMesh(root)) {
      level = noLevel;
      inHeader = false;
    }
  }
  if (presence != Presence.Absent && !inHeader) {
    removeLevel(root);
    count(root.stripped);
  }
  return level;
}
