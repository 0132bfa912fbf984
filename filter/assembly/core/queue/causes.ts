// Recognises a request that a request in the application caused: A calls B, and B calls A. If it waited for a slot, and its cause holds one,
// each would wait for the other. Its ids alone don't prove it: whoever sends many requests under one id would pass the queue.
import { useContext } from "../../abi/stream";
import { Configuration, Trust } from "../configuration";
import { readCorrelator } from "../correlators";
import { Id, IdKind, idSize } from "../id";
import { peerIsOfMesh } from "../trust";
import { Cause, Entry, entryAt, firstInFlight } from "./entries";
import { isOwnPeer, noPeer, readPeer, readPeerOf } from "./peers";

const id = changetype<Id>(memory.data(<i32>idSize, 8));

/** Of how many requests with one of its ids a request finds out where they came from. */
const maxCompared: i32 = 16;

/** Reads the request's ids. No host call. */
export function readCauses(configuration: Configuration, entry: Entry): void {
  for (let i = 0; i < configuration.correlatorCount; i++) {
    if (!readCorrelator(configuration.correlator(i), id)) continue;
    if (id.kind == IdKind.Request) entry.request = id.hash();
    else if (entry.trace == 0) entry.trace = id.hash();
  }
}

function shareId(one: Entry, other: Entry): bool {
  return (one.request != 0 && one.request == other.request) || (one.trace != 0 && one.trace == other.trace);
}

/** The number of the next request in the application that has one of the ids; 0 if there is none. */
function nextRelated(entry: Entry, at: u32): u32 {
  while (at != 0 && !shareId(entry, entryAt(at))) at = entryAt(at).next;
  return at;
}

/**
 * Whether one of those in the application came from elsewhere. All of one caller, as of a gateway or of a job, are each other's siblings,
 * and none is the cause of another.
 */
function hasOtherPeer(entry: Entry, first: u32): bool {
  let compared = 0;
  for (let at = first; at != 0 && compared < maxCompared; at = nextRelated(entry, entryAt(at).next)) {
    readPeerOf(entryAt(at));
    compared++;
    if (entryAt(at).peer != entry.peer) return true;
  }
  return false;
}

/**
 * To be called for the current stream. No host call if no request in the application has one of the ids. An account that callers share
 * with this application says nothing about who called, so then the ids decide, and so they do where nobody has a certificate.
 */
export function findCause(configuration: Configuration, entry: Entry): void {
  const first = nextRelated(entry, firstInFlight);
  if (first == 0) return;
  entry.cause = Cause.Doubtful;
  if (configuration.trust == Trust.Mesh && !peerIsOfMesh(configuration)) return;
  readPeer(entry);
  const isPresent = entry.peer == noPeer || isOwnPeer(entry) || hasOtherPeer(entry, first);
  useContext(entry.context);
  if (isPresent) entry.cause = Cause.Present;
}
