// Parses trace headers into trace ids of one form: 32 lower-case hexadecimal digits. Malformed and all-zero ids are refused.
import { indexOfByte, lowerCase } from "../abi/bytes";
import { hexadecimalDigit, hexadecimalValue } from "../abi/hexadecimal";
import { Id, IdKind } from "./id";

const traceIdSize: usize = 32;

function isHex(byte: u8): bool {
  return hexadecimalValue(byte) >= 0;
}

/** A digit of the standard alphabet (RFC 4648, 4), or -1. */
function base64Value(byte: u8): i32 {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41;
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61 + 26;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30 + 52;
  return byte == 0x2b ? 62 : byte == 0x2f ? 63 : -1;
}

function isDash(at: usize, index: usize): bool {
  return load<u8>(at + index) == 0x2d;
}

/** 16 or 32 hexadecimal digits; 16 are padded on the left, as B3 and W3C interoperate (openzipkin/b3-propagation). */
export function readTraceId(id: Id, value: usize, size: usize): bool {
  if (size != 16 && size != traceIdSize) return false;
  id.setZeros(IdKind.Trace, traceIdSize);
  const to = id.bytes() + traceIdSize - size;
  let isZero = true;
  for (let i: usize = 0; i < size; i++) {
    const byte = load<u8>(value + i);
    if (!isHex(byte)) return false;
    if (byte != 0x30) isZero = false;
    store<u8>(to + i, lowerCase(byte));
  }
  return !isZero;
}

/** version-traceid-parentid-flags (W3C Trace Context, 3.2); version ff is invalid, and later versions may have more after the flags. */
export function readTraceparent(id: Id, value: usize, size: usize): bool {
  if (size < 55 || !isDash(value, 2) || !isDash(value, 35) || !isDash(value, 52)) return false;
  const high = load<u8>(value);
  const low = load<u8>(value, 1);
  if (!isHex(high) || !isHex(low) || (lowerCase(high) == 0x66 && lowerCase(low) == 0x66)) return false;
  if (size > 55 && ((high == 0x30 && low == 0x30) || !isDash(value, 55))) return false;
  return readTraceId(id, value + 3, traceIdSize);
}

/** traceid-spanid[-…]; a value without a dash is a bare sampling decision (openzipkin/b3-propagation). */
export function readB3(id: Id, value: usize, size: usize): bool {
  const dash = indexOfByte(value, size, 0x2d);
  return dash < size && readTraceId(id, value, dash);
}

/** The lower 64 bits as a decimal number (Datadog's propagation style), padded like the 16 digits of B3. */
export function readDatadog(id: Id, value: usize, size: usize): bool {
  if (size == 0 || size > 20) return false;
  let number: u64 = 0;
  for (let i: usize = 0; i < size; i++) {
    const digit = load<u8>(value + i) - 0x30;
    const next = number * 10 + digit;
    if (digit > 9 || number > u64.MAX_VALUE / 10 || next < digit) return false;
    number = next;
  }
  id.setZeros(IdKind.Trace, traceIdSize);
  const rest = number;
  for (let at = id.bytes() + traceIdSize - 1; number != 0; at--) {
    store<u8>(at, hexadecimalDigit(<u8>number & 0xf));
    number >>= 4;
  }
  return rest != 0;
}

/** traceid[/spanid[;o=…]] (Google Cloud Trace). */
export function readCloudTrace(id: Id, value: usize, size: usize): bool {
  return readTraceId(id, value, indexOfByte(value, size, 0x2f));
}

/** Version 0, then field 0, 16 bytes of trace id (OpenCensus binary format); the value is their base64 (gRPC over HTTP/2). */
export function readGrpcTrace(id: Id, value: usize, size: usize): bool {
  if (size < 24) return false;
  id.setZeros(IdKind.Trace, traceIdSize);
  let bits: u32 = 0;
  let byte: usize = 0;
  let isZero = true;
  for (let i: usize = 0; i < 24; i++) {
    const sextet = base64Value(load<u8>(value + i));
    if (sextet < 0) return false;
    bits = (bits << 6) | sextet;
    if ((i & 3) == 0) continue;
    const decoded = <u8>(bits >> (6 - ((<u32>i & 3) << 1)));
    if (byte < 2) {
      if (decoded != 0) return false;
    } else {
      const to = id.bytes() + ((byte - 2) << 1);
      store<u8>(to, hexadecimalDigit(decoded >> 4));
      store<u8>(to, hexadecimalDigit(decoded & 0xf), 1);
      if (decoded != 0) isZero = false;
    }
    byte++;
  }
  return !isZero;
}
