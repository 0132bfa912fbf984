// Recognises a request that a request in the application caused: A calls B, and B calls A. If it waited for a slot, and its cause holds one,
// each would wait for the other.
import { Configuration } from "../configuration";
import { readCorrelator } from "../correlators";
import { Id, IdKind, idSize } from "../id";
import { Entry, entryAt, firstInFlight } from "./entries";

const id = changetype<Id>(memory.data(<i32>idSize, 8));

/** Reads the request's ids. No host call. */
export function readCauses(configuration: Configuration, entry: Entry): void {
  for (let i = 0; i < configuration.correlatorCount; i++) {
    if (!readCorrelator(configuration.correlator(i), id)) continue;
    if (id.kind == IdKind.Request) entry.request = id.hash();
    else if (entry.trace == 0) entry.trace = id.hash();
  }
}

/**
 * Whether a request with one of its ids is in the application. It may also be a sibling: another call of the same cause. One cannot tell,
 * so the number of those that are let through for it is limited (queue.ts).
 */
export function hasCauseInFlight(entry: Entry): bool {
  for (let at = firstInFlight; at != 0; at = entryAt(at).next) {
    const other = entryAt(at);
    if (entry.request != 0 && entry.request == other.request) return true;
    if (entry.trace != 0 && entry.trace == other.trace) return true;
  }
  return false;
}
