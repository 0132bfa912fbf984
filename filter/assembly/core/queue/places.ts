// The places in which requests wait: each is a request of Envoy's own filter ext_authz to an internal listener of the same worker, whose
// filter runs in this VM, too. The header names the waiting request. If the VM traps, or does not answer for any other reason, ext_authz
// lets the waiting request through after its time limit: it does what a callback of a dead VM can't.
import { Constant, constant, isAscii } from "../../abi/ascii";
import { sameBytes } from "../../abi/bytes";
import {
  forgetHeader,
  foundHeader,
  foundHeaderSize,
  getHeader,
  Presence,
  removeHeader,
  replaceHeader,
} from "../../abi/headers";
import { hexadecimalDigit, hexadecimalValue } from "../../abi/hexadecimal";
import { getProperty } from "../../abi/property";
import { resultData, resultSize } from "../../abi/result";
import { answer, continueRequest, continueStream, pauseStream, useContext } from "../../abi/stream";
import { Entry, entryAt, entryOf, State, takeEntry } from "./entries";
import { queueSettings } from "./settings";

/** queueTicket of filter/config/queue.ts. */
const ticket = constant("x-expedite-queue");
const rootId = constant("plugin_root_id");
/** queueRootId of filter/config/queue.ts. */
const placeRootId: string = "expedite-queue";

/** Of a context id, followed by a number of the VM: another configuration's VM has streams with the same ids. */
const digits: usize = 8;
const ticketSize: usize = 16;
const text: usize = memory.data(16, 8);

/** Writes the VM's number into its tickets. */
export function numberTickets(hash: u64): void {
  putDigits(text + digits, <u32>hash);
}

function putDigits(to: usize, value: u32): void {
  for (let i: usize = 0; i < digits; i++)
    store<u8>(to + i, hexadecimalDigit(<u8>(value >> <u32>((digits - 1 - i) << 2)) & 15));
}

const tooManyRequests: u32 = 429;
/** What Envoy's log and %RESPONSE_CODE_DETAILS% show. */
const details: Constant = constant("expedite_queue_timeout");
/**
 * A list of two headers, serialised. By the second one, the caller's Envoy knows a refusal from a failure and does not send the request
 * again, whatever statuses its route retries.
 */
const refusal = constant(
  "\x02\x00\x00\x00\x0b\x00\x00\x00\x01\x00\x00\x00\x13\x00\x00\x00\x04\x00\x00\x00retry-after\x001\x00x-envoy-ratelimited\x00true\x00",
);

/** Whether the request has the header, which only this filter may write, also if it is too long to be read. No host call. */
function hasTicket(): bool {
  return getHeader(ticket.at, ticket.size) != Presence.Absent;
}

/** Somebody else wrote it. */
function removeTicket(): void {
  forgetHeader(ticket.at, ticket.size);
  removeHeader(ticket.at, ticket.size);
}

/** Whether the request came to the internal listener. To be called if it has a ticket. */
function isPlace(): bool {
  return getProperty(rootId.at, rootId.size) && isAscii(resultData(), resultSize(), placeRootId);
}

/** Whether the request asks for one that waits; a request from elsewhere loses its ticket. One host call if there is a ticket, else none. */
export function asksForPlace(): bool {
  if (queueSettings == null || !hasTicket()) return false;
  if (isPlace()) return true;
  removeTicket();
  return false;
}

/** Makes ext_authz ask for the request of the current stream. */
export function sendToPlace(context: u32): void {
  putDigits(text, context);
  replaceHeader(ticket.at, ticket.size, text, ticketSize);
}

/** The context id in the ticket; 0, which no stream has, if it is not one. */
function ticketContext(): u32 {
  if (!hasTicket() || foundHeaderSize != ticketSize) return 0;
  if (!sameBytes(foundHeader + digits, text + digits, digits)) return 0;
  let context: u32 = 0;
  for (let i: usize = 0; i < digits; i++) {
    const digit = hexadecimalValue(load<u8>(foundHeader + i));
    if (digit < 0) return 0;
    context = (context << 4) | digit;
  }
  return context;
}

/** Answers for the request of the current stream. */
export function answerWithRefusal(): void {
  answer(tooManyRequests, details, refusal.at, refusal.size);
}

/** Answers the place of a request whose wait is over, if that has come. */
export function answerPlace(entry: Entry): void {
  if (entry.partner == 0) return;
  const place = entryAt(entry.partner).context;
  if (entry.state != State.Refused) continueRequest(place);
  else if (useContext(place)) answerWithRefusal();
}

/** A place comes: it stays as long as its request waits. @returns FilterHeadersStatus */
export function comeToPlace(context: u32): u32 {
  const index = entryOf(ticketContext());
  if (index == 0) return continueStream;
  const entry = entryAt(index);
  if (entry.state == State.Refused) {
    answerWithRefusal();
    return pauseStream;
  }
  if (entry.state != State.Waiting || entry.partner != 0) return continueStream;
  const place = takeEntry(context, entry.level);
  if (place == 0) return continueStream;
  entryAt(place).state = State.Place;
  entryAt(place).partner = index;
  entry.partner = place;
  return pauseStream;
}
