// Reads until when the caller waits for its answer, from the headers in which Envoy and gRPC say so.
import { constant } from "../../abi/ascii";
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../../abi/headers";

/** Milliseconds, from the router of the calling proxy. */
const expectedTimeout = constant("x-envoy-expected-rq-timeout-ms");
/** Up to eight digits and a unit (gRPC over HTTP/2). */
const grpcTimeout = constant("grpc-timeout");

const millisecond: u64 = 1_000_000;
const second: u64 = 1_000_000_000;

/** Digits of the number that was read; 0 if there is none, or it is too long to be a timeout. */
let digits: usize = 0;

function readNumber(): u64 {
  let value: u64 = 0;
  for (digits = 0; digits < foundHeaderSize; digits++) {
    const digit = load<u8>(foundHeader + digits) - 0x30;
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

/** The time after so many units; u64.MAX_VALUE if that is too late to be written. */
function after(time: u64, value: u64, unit: u64): u64 {
  return value > (u64.MAX_VALUE - time) / unit ? u64.MAX_VALUE : time + value * unit;
}

/** Nanoseconds; u64.MAX_VALUE if the caller does not say, or waits for ever. No host call. */
export function callerDeadline(time: u64): u64 {
  if (getHeader(expectedTimeout.at, expectedTimeout.size) == Presence.Present) {
    const value = readNumber();
    if (digits == foundHeaderSize && value > 0) return after(time, value, millisecond);
  }
  if (getHeader(grpcTimeout.at, grpcTimeout.size) == Presence.Present) {
    const value = readNumber();
    if (digits > 0 && digits + 1 == foundHeaderSize) {
      const unit = unitOf(load<u8>(foundHeader + digits));
      if (unit > 0) return after(time, value, unit);
    }
  }
  return u64.MAX_VALUE;
}
