// Reads how long the caller of a request waits for its answer, from the headers in which Envoy, gRPC and Expedite say so.
import { Constant, constant } from "../abi/ascii";
import { indexOfByte } from "../abi/bytes";
import { foundHeader, foundHeaderSize, getHeader, nextHeader, Presence } from "../abi/headers";
import { Configuration, Deadlines } from "./configuration";

/** Milliseconds, from the router of the calling proxy. */
const expectedTimeout = constant("x-envoy-expected-rq-timeout-ms");
/** Up to eight digits and a unit (gRPC over HTTP/2). */
const grpcTimeout = constant("grpc-timeout");
/** timeoutHeader of filter/config/deadlines.ts: a list of numbers of milliseconds. */
export const ownTimeout = constant("x-expedite-timeout-ms");

export const millisecond: u64 = 1_000_000;
const second: u64 = 1_000_000_000;
const comma: u8 = 0x2c;
const space: u8 = 0x20;

/** A timeout, and a deadline: the caller does not say, or waits for ever. */
export const unlimited: u64 = u64.MAX_VALUE;

/** Digits of the number that was read; 0 if there is none, or it is too long to be a timeout. */
let digits: usize = 0;

function readNumber(at: usize, size: usize): u64 {
  let value: u64 = 0;
  for (digits = 0; digits < size; digits++) {
    const digit = load<u8>(at + digits) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  if (digits > 10) digits = 0;
  return value;
}

/** Nanoseconds of a unit of grpc-timeout; 0 for any other byte. */
function unitOf(byte: u8): u64 {
  switch (byte) {
    case 0x48:
      return 3600 * second;
    case 0x4d:
      return 60 * second;
    case 0x53:
      return second;
    case 0x6d:
      return millisecond;
    case 0x75:
      return 1000;
    case 0x6e:
      return 1;
    default:
      return 0;
  }
}

function times(value: u64, unit: u64): u64 {
  return value > unlimited / unit ? unlimited : value * unit;
}

/** Nanoseconds, from a header of Envoy's, in which 0 means no limit. No host call, like those below. */
export function timeoutIn(header: Constant): u64 {
  if (getHeader(header.at, header.size) != Presence.Present) return unlimited;
  const value = readNumber(foundHeader, foundHeaderSize);
  return digits == foundHeaderSize && value > 0 ? times(value, millisecond) : unlimited;
}

/** Nanoseconds, from gRPC's header. */
export function timeoutOfGrpc(): u64 {
  if (getHeader(grpcTimeout.at, grpcTimeout.size) != Presence.Present) return unlimited;
  const value = readNumber(foundHeader, foundHeaderSize);
  if (digits == 0 || digits + 1 != foundHeaderSize) return unlimited;
  const unit = unitOf(load<u8>(foundHeader + digits));
  return unit > 0 ? times(value, unit) : unlimited;
}

/** The least number of a list, in milliseconds; `unlimited` if it has none. */
function leastOf(list: usize, size: usize): u64 {
  let least = unlimited;
  for (let at = list, end = list + size; at < end; ) {
    const length = indexOfByte(at, end - at, comma);
    let start: usize = 0;
    while (start < length && load<u8>(at + start) == space) start++;
    const value = readNumber(at + start, length - start);
    if (digits > 0 && start + digits == length) least = min(least, value);
    at += length + 1;
  }
  return least;
}

/** Nanoseconds, from Expedite's own header. */
export function timeoutOfCause(): u64 {
  if (getHeader(ownTimeout.at, ownTimeout.size) != Presence.Present) return unlimited;
  let least = unlimited;
  do least = min(least, leastOf(foundHeader, foundHeaderSize));
  while (nextHeader(ownTimeout.at, ownTimeout.size));
  return times(least, millisecond);
}

/** Nanoseconds: the least that a header of the request says. To be called after Expedite's own was removed if it is not trusted. */
export function callerTimeout(configuration: Configuration): u64 {
  const own = configuration.deadlines == Deadlines.Ignored ? unlimited : timeoutOfCause();
  return min(min(timeoutIn(expectedTimeout), timeoutOfGrpc()), own);
}

/** The time after a timeout; `unlimited` if that is too late to be written. */
export function deadlineAfter(time: u64, timeout: u64): u64 {
  return timeout > unlimited - time ? unlimited : time + timeout;
}
