// Tells from which identity requests came, as TLS proves it. It reads an identity only of requests for which somebody asks.
import { constant } from "../../abi/ascii";
import { hashBytes, hashStart } from "../../abi/bytes";
import { getProperty } from "../../abi/property";
import { resultData, resultSize } from "../../abi/result";
import { useContext } from "../../abi/stream";
import { peerUri } from "../peer-identity";
import { Entry } from "./entries";

/** The attribute with the first URI of this proxy's own certificate. */
const ownUri = constant("connection\0uri_san_local_certificate");

/** Values of Entry.peer. */
const unread: u64 = 0;
/** A peer without a certificate. */
export const noPeer: u64 = 1;

/** This proxy's own identity; it keeps it for life. */
let own: u64 = unread;

function hashOfResult(): u64 {
  return hashBytes(hashStart, resultData(), resultSize()) | 2;
}

/** For the current stream. One host call at most. */
export function readPeer(entry: Entry): void {
  if (entry.peer == unread) entry.peer = getProperty(peerUri.at, peerUri.size) ? hashOfResult() : noPeer;
}

/** For any stream; host calls are then for that one. Two host calls at most. */
export function readPeerOf(entry: Entry): void {
  if (entry.peer == unread && useContext(entry.context)) readPeer(entry);
}

/** Whether the current stream came from an identity that this proxy has, too: of its own application, or of others with the same account. */
export function isOwnPeer(entry: Entry): bool {
  if (own == unread && getProperty(ownUri.at, ownUri.size)) own = hashOfResult();
  return entry.peer == own;
}
