// The request's trace headers enter, ids leave in one canonical form, so that an id which arrives in b3 and is
// forwarded in traceparent is still the same id. Malformed, all-zero and overlong ones count as not present.
import { constant } from "../abi/ascii";
import { indexOfByte, lowerCase } from "../abi/bytes";
import { getHeader, HeaderMap, headerSize, headerValue, Presence } from "../abi/headers";
import { Id, IdKind, maxId } from "./id";

/** In the order of `correlators` in filter/config/schema.ts. */
export const enum Correlator {
  XRequestId = 0,
  Traceparent = 1,
  B3 = 2,
  XB3TraceId = 3,
}

export const correlatorNames: string = "x-request-id traceparent b3 x-b3-traceid";

const xRequestId = constant("x-request-id");
const traceparent = constant("traceparent");
const b3 = constant("b3");
const xB3TraceId = constant("x-b3-traceid");

const traceIdSize: usize = 32;
const uuidSize: usize = 36;
/** Envoy writes its trace decision into this byte of a UUID, differently on each hop (envoy uuid request id extension). */
const uuidTraceByte: usize = 14;

function isHex(byte: u8): bool {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

function isDash(at: usize, index: usize): bool {
  return load<u8>(at + index) == 0x2d;
}

function readRequestId(id: Id, value: usize, size: usize): bool {
  if (size == 0 || size > maxId) return false;
  id.set(IdKind.Request, value, size);
  const isUuid = size == uuidSize && isDash(value, 8) && isDash(value, 13) && isDash(value, 18) && isDash(value, 23);
  if (isUuid) store<u8>(id.bytes() + uuidTraceByte, 0x30);
  return true;
}

/** 16 or 32 hexadecimal digits; 16 are padded on the left, as B3 and W3C interoperate (openzipkin/b3-propagation). */
function readTraceId(id: Id, value: usize, size: usize): bool {
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

/** version-traceid-parentid-flags (W3C Trace Context, 3.2); version ff is invalid, later ones may go on after the flags. */
function readTraceparent(id: Id, value: usize, size: usize): bool {
  if (size < 55 || !isDash(value, 2) || !isDash(value, 35) || !isDash(value, 52)) return false;
  const high = load<u8>(value);
  const low = load<u8>(value, 1);
  if (!isHex(high) || !isHex(low) || (lowerCase(high) == 0x66 && lowerCase(low) == 0x66)) return false;
  if (size > 55 && ((high == 0x30 && low == 0x30) || !isDash(value, 55))) return false;
  return readTraceId(id, value + 3, traceIdSize);
}

/** traceid-spanid[-…]; a value without a dash is a bare sampling decision (openzipkin/b3-propagation). */
function readB3(id: Id, value: usize, size: usize): bool {
  const dash = indexOfByte(value, size, 0x2d);
  return dash < size && readTraceId(id, value, dash);
}

function fetch(name: usize, size: usize): bool {
  return getHeader(HeaderMap.Request, name, size) == Presence.Present;
}

/** Reads what the request has under this correlator into `id`; false where it has nothing usable. One host call. */
export function readCorrelator(correlator: u32, id: Id): bool {
  switch (correlator) {
    case Correlator.XRequestId:
      return fetch(xRequestId, 12) && readRequestId(id, headerValue, headerSize);
    case Correlator.Traceparent:
      return fetch(traceparent, 11) && readTraceparent(id, headerValue, headerSize);
    case Correlator.B3:
      return fetch(b3, 2) && readB3(id, headerValue, headerSize);
    case Correlator.XB3TraceId:
      return fetch(xB3TraceId, 12) && readTraceId(id, headerValue, headerSize);
    default:
      return false;
  }
}
