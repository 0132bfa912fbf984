// Finds requests that the application has answered although their streams last: their clients read slowly, and Envoy keeps what is left of
// the answer, or what was asked for is a stream. Envoy says when the last byte came from the application, so that neither a response nor
// its body enters the VM. Each tick asks, and only for requests that were there at an earlier one: most are gone by then.
import { constant } from "../../abi/ascii";
import { getProperty } from "../../abi/property";
import { useContext } from "../../abi/stream";
import { Entry, entryAt, firstInFlight } from "./entries";

/** The attribute that a request has once the last byte of its answer came from the application. */
const lastByte = constant("response\0backend_latency");
/** The attribute that it has once its answer has begun. */
const status = constant("response\0code");

/** For how many requests a tick asks at most, with three host calls each. */
const checksPerTick: i32 = 64;

/** Grows when all requests have been asked for. */
let round: u32 = 0;
/** The entry at which the search continues; 0 at the end. */
let at: u32 = 0;
let checksLeft: i32 = 0;

/** To be called when the request comes into the application. */
export function checkLater(entry: Entry): void {
  entry.round = round;
}

/** To be called before nextFinished. */
export function beginChecks(): void {
  at = firstInFlight;
  checksLeft = checksPerTick;
}

function isFinished(entry: Entry): bool {
  if (!useContext(entry.context)) return false;
  return getProperty(lastByte.at, lastByte.size) || (entry.lasts && getProperty(status.at, status.size));
}

/** The number of the next request that needs no slot any more; 0 at the end. No other entry may be freed before that. */
export function nextFinished(): u32 {
  while (at != 0) {
    const index = at;
    const entry = entryAt(index);
    const isNew = entry.round != round;
    if (isNew && checksLeft == 0) return 0;
    at = entry.next;
    if (!isNew) continue;
    entry.round = round;
    checksLeft--;
    if (isFinished(entry)) return index;
  }
  round++;
  return 0;
}
