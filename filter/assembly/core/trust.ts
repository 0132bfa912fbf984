// A request from a peer enters, its level leaves: the part that inbound and gateway share. What the peer says of the
// level is believed only as far as the configuration trusts it, and our header is removed otherwise.
import { constant } from "../abi/ascii";
import { sameBytes } from "../abi/bytes";
import { forgetHeader, foundHeader, foundHeaderSize, getHeader, Presence, removeHeader } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { Configuration, noLevel, Trust } from "./configuration";
import { count } from "./counters";
import { levelOfSources } from "./level-sources";
import { levelNamed } from "./levels";

const uriSan = constant("connection\0uri_san_peer_certificate");

/** What believedLevel last found stands in our own header. */
export let believedLevelIsInHeader: bool = false;

/** The request still has a level header that is not believed; nobody in the VM sees it any more. */
let hasDisbelieved: bool = false;

/** Envoy's listener has verified the certificate; a peer without one, so plaintext too, has no such attribute. */
function peerIsOfMesh(configuration: Configuration): bool {
  if (!getProperty(uriSan.at, uriSan.size)) return false;
  const size = configuration.spiffePrefixSize;
  return resultSize() >= size && sameBytes(resultData(), configuration.spiffePrefix, size);
}

/** To be called after believedLevel, and before a level is added. */
export function removeDisbelieved(configuration: Configuration): void {
  if (hasDisbelieved && !configuration.observes) removeHeader(configuration.header, configuration.headerSize);
  hasDisbelieved = false;
}

/** The level that the peer gives the request, where it is believed. What our header says otherwise waits for removeDisbelieved. */
export function believedLevel(configuration: Configuration): i32 {
  const presence = getHeader(configuration.header, configuration.headerSize);
  believedLevelIsInHeader = false;
  let level = noLevel;
  if (configuration.trust != Trust.Never) {
    if (presence == Presence.Present) level = levelNamed(configuration, foundHeader, foundHeaderSize);
    believedLevelIsInHeader = level != noLevel;
    if (!believedLevelIsInHeader) level = levelOfSources(configuration);
    if (level != noLevel && configuration.trust == Trust.Mesh && !peerIsOfMesh(configuration)) {
      level = noLevel;
      believedLevelIsInHeader = false;
    }
  }
  hasDisbelieved = presence != Presence.Absent && !believedLevelIsInHeader;
  if (hasDisbelieved) {
    forgetHeader(configuration.header, configuration.headerSize);
    count(configuration.stripped);
  }
  return level;
}
