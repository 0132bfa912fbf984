// A request from a peer enters, its level leaves: the part that inbound and gateway share. What the peer says of the
// level is believed only as far as the configuration trusts it, and our header is removed otherwise.
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { forgetHeader, getHeader, headerSize, headerValue, Presence, removeHeader } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { carriedLevel } from "./carriers";
import { count } from "./counters";
import { levelNamed } from "./levels";
import { noLevel, Root, Trust } from "./root";

const uriSan = constant("connection\0uri_san_peer_certificate");

/** What believedLevel last found stands in our own header. */
export let inHeader: bool = false;

/** The request still has a level header that is not believed; nobody in the VM sees it any more. */
let hasOther: bool = false;

/** Envoy's listener has verified the certificate; a peer without one, so plaintext too, has no such attribute. */
function peerIsOfMesh(root: Root): bool {
  if (!getProperty(uriSan.at, uriSan.size)) return false;
  const size = root.spiffePrefixSize;
  return resultSize() >= size && sameBytes(resultData(), root.spiffePrefix, size);
}

/** To be called after believedLevel, and before a level is added. */
export function removeOther(root: Root): void {
  if (hasOther && !root.observes) removeHeader(root.header, root.headerSize);
  hasOther = false;
}

/** The level that the peer gives the request, where it is believed. What our header says otherwise waits for removeOther. */
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
  hasOther = presence != Presence.Absent && !inHeader;
  if (hasOther) {
    forgetHeader(root.header, root.headerSize);
    count(root.stripped);
  }
  return level;
}
