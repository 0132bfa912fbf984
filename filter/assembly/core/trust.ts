// Decides which level of a peer's request is trusted, for inbound and gateway, according to the configuration's trust. A level header that
// is not trusted is removed.
import { indexOfByte, sameBytes } from "../abi/bytes";
import { forgetHeader, foundHeader, foundHeaderSize, getHeader, Presence, removeHeader } from "../abi/headers";
import { getProperty } from "../abi/property";
import { resultData, resultSize } from "../abi/result";
import { Configuration, noLevel, Trust, TrustDomain } from "./configuration";
import { count } from "./counters";
import { levelOfSources } from "./level-sources";
import { levelNamed } from "./levels";
import { peerUri, spiffeScheme } from "./peer-identity";

const slash: u8 = 0x2f;

/** Whether the level that believedLevel last found is in the level header itself. */
export let believedLevelIsInHeader: bool = false;

const enum Peer {
  Unknown = 0,
  Trusted = 1,
  Untrusted = 2,
}

/** What was found about the current request's peer. */
let peer: Peer = Peer.Unknown;

/** The request still has an untrusted level header, which nothing in the VM sees any more. */
let hasDisbelieved: bool = false;

/** Whether the peer's certificate belongs to one of the mesh's trust domains. One host call, whose result is the peer's identity. */
export function peerIsOfMesh(configuration: Configuration): bool {
  if (!getProperty(peerUri.at, peerUri.size) || resultSize() < spiffeScheme.size) return false;
  if (!sameBytes(resultData(), spiffeScheme.at, spiffeScheme.size)) return false;
  const domain = resultData() + spiffeScheme.size;
  const rest = resultSize() - spiffeScheme.size;
  const size = indexOfByte(domain, rest, slash);
  if (size == rest) return false;
  for (let at = configuration.trustDomains; at != 0; at = changetype<TrustDomain>(at).next) {
    const one = changetype<TrustDomain>(at);
    if (one.size == size && sameBytes(one.name, domain, size)) return true;
  }
  return false;
}

/** To be called after believedLevel. One host call per request at most, and only where the trust is that of the mesh. */
export function peerIsTrusted(configuration: Configuration): bool {
  if (configuration.trust != Trust.Mesh) return configuration.trust == Trust.Always;
  if (peer == Peer.Unknown) peer = peerIsOfMesh(configuration) ? Peer.Trusted : Peer.Untrusted;
  return peer == Peer.Trusted;
}

/** To be called after believedLevel, and before a level is added. */
export function removeDisbelieved(configuration: Configuration): void {
  if (hasDisbelieved && !configuration.observes) removeHeader(configuration.header, configuration.headerSize);
  hasDisbelieved = false;
}

/** The level that the peer gives the request, if it is trusted. An untrusted level header stays until removeDisbelieved. */
export function believedLevel(configuration: Configuration): i32 {
  const presence = getHeader(configuration.header, configuration.headerSize);
  believedLevelIsInHeader = false;
  peer = Peer.Unknown;
  let level = noLevel;
  if (configuration.trust != Trust.Never) {
    if (presence == Presence.Present) level = levelNamed(configuration, foundHeader, foundHeaderSize);
    believedLevelIsInHeader = level != noLevel;
    if (!believedLevelIsInHeader) level = levelOfSources(configuration);
    if (level != noLevel && !peerIsTrusted(configuration)) {
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
