// A request from a peer enters, its level leaves: the part that inbound and gateway share. A level header is believed
// only as far as the configuration trusts the peer, and is removed otherwise; then the policy's rules decide.
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { getHeader, HeaderMap, headerSize, headerValue, Presence, removeHeader } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { count } from "./counters";
import { levelNamed } from "./levels";
import { noLevel, Root, Trust } from "./root";

const uriSan = constant("connection\0uri_san_peer_certificate");
const uriSanSize: usize = 35;

/** Envoy's listener has verified the certificate; a peer without one, so plaintext too, has no such attribute. */
function peerIsOfMesh(root: Root): bool {
  if (!getProperty(uriSan, uriSanSize)) return false;
  const size = root.spiffePrefixSize;
  return resultSize() >= size && sameBytes(resultData(), root.spiffePrefix, size);
}

/** The level that the peer's header names, where it is believed. A header that isn't is gone afterwards. */
export function believedLevel(root: Root): i32 {
  const presence = getHeader(HeaderMap.Request, root.header, root.headerSize);
  if (presence == Presence.Absent) return noLevel;
  let level = presence == Presence.Present && root.trust != Trust.Never ? levelNamed(root, headerValue, headerSize) : noLevel;
  if (level != noLevel && root.trust == Trust.Mesh && !peerIsOfMesh(root)) level = noLevel;
  if (level != noLevel) return level;
  removeHeader(HeaderMap.Request, root.header, root.headerSize);
  count(root.stripped);
  return noLevel;
}
