// Carries until when the caller of a request waits, from the request to the calls that it causes, as the level is carried
// (docs/adr/0048-deadlines-travel-like-levels.md). A header has the time that is left, because clocks of machines differ.
import { Constant, constant } from "../abi/ascii";
import { now } from "../abi/clock";
import { forgetHeader, getHeader, Presence, removeHeader, replaceHeader } from "../abi/headers";
import {
  callerTimeout,
  deadlineAfter,
  millisecond,
  ownTimeout,
  timeoutIn,
  timeoutOfCause,
  timeoutOfGrpc,
  unlimited,
} from "./caller-timeout";
import { Configuration, Deadlines } from "./configuration";
import { count } from "./counters";
import { isDefaultRoute } from "./level-cluster";
import { peerIsTrusted } from "./trust";

/** In which the application, or this filter, tells the router of the same proxy how long the call may take, in milliseconds. */
const routerTimeout = constant("x-envoy-upstream-rq-timeout-ms");

const maxDigits: usize = 20;
const text: usize = memory.data(<i32>maxDigits, 8);
/** Where putNumber began, and how much it wrote. */
let number: usize = 0;
let numberSize: usize = 0;

function putNumber(value: u64): void {
  number = text + maxDigits;
  do {
    store<u8>(--number, <u8>(0x30 + (value % 10)));
    value /= 10;
  } while (value > 0);
  numberSize = text + maxDigits - number;
}

/** To be called after believedLevel. One host call to remove the header, and one to know the peer. */
export function removeUntrustedTimeout(configuration: Configuration): void {
  if (configuration.deadlines == Deadlines.Ignored) return;
  if (getHeader(ownTimeout.at, ownTimeout.size) == Presence.Absent || peerIsTrusted(configuration)) return;
  forgetHeader(ownTimeout.at, ownTimeout.size);
  removeHeader(ownTimeout.at, ownTimeout.size);
  count(configuration.stripped);
}

/** Nanoseconds since 1970; `unlimited` if no header says. One host call if one does. */
export function readDeadline(configuration: Configuration): u64 {
  if (configuration.deadlines == Deadlines.Ignored) return unlimited;
  removeUntrustedTimeout(configuration);
  const timeout = callerTimeout(configuration);
  return timeout == unlimited ? unlimited : deadlineAfter(now(), timeout);
}

/** Envoy is to end the call in time. */
let endsCall: bool = false;

/** To be called before anything is written to the call, so that Envoy's answers about the route apply to it. Two host calls where Envoy is to end calls. */
export function prepareTimeout(configuration: Configuration, deadline: u64): void {
  endsCall = configuration.deadlines == Deadlines.Enforced && deadline != unlimited && isDefaultRoute();
}

/** Replacing alone changes only the first of a header's values. */
function overwrite(header: Constant, milliseconds: u64): void {
  if (getHeader(header.at, header.size) != Presence.Absent) removeHeader(header.at, header.size);
  putNumber(milliseconds);
  replaceHeader(header.at, header.size, number, numberSize);
}

/** Envoy's router takes this timeout instead of the route's, so it is only for routes without one. */
function endAfter(timeout: u64): void {
  const least = min(timeout, timeoutOfGrpc());
  // 0 would mean no limit.
  if (timeoutIn(routerTimeout) > least) overwrite(routerTimeout, max(least / millisecond, 1));
}

/**
 * Writes into a call how long its cause's caller waits. An application may have written less. Two host calls, one more if it has written
 * more, and one or two if Envoy is to end the call.
 */
export function writeTimeout(configuration: Configuration, deadline: u64): void {
  if (configuration.deadlines == Deadlines.Ignored || deadline == unlimited) return;
  const time = now();
  const left = deadline > time ? deadline - time : 0;
  const asked = timeoutOfCause();
  if (asked > left) overwrite(ownTimeout, left / millisecond);
  if (endsCall) endAfter(min(asked, left));
}
