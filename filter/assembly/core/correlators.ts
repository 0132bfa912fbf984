// Reads ids from a request's trace headers in one canonical form, so that an id is recognised when it arrives in b3 and is forwarded in
// traceparent. Malformed, all-zero and overlong ids count as absent; of a list the first counts, because libraries and proxies repeat
// headers.
import { Constant, constant } from "../abi/ascii";
import { foundHeader, foundHeaderSize, getHeader, Presence } from "../abi/headers";
import { Id, IdKind, maxId } from "./id";
import { firstMember, foundMember, foundMemberSize } from "./list-header";
import { readB3, readCloudTrace, readDatadog, readGrpcTrace, readTraceId, readTraceparent } from "./trace-id";
import { isUuid, uuidTraceByte } from "./uuid";

/** In the order of `correlators` in filter/config/schema.ts. */
const enum Correlator {
  XRequestId = 0,
  Traceparent = 1,
  B3 = 2,
  XB3TraceId = 3,
  XDatadogTraceId = 4,
  XCloudTraceContext = 5,
  GrpcTraceBin = 6,
}

export const correlatorNames: string =
  "x-request-id traceparent b3 x-b3-traceid x-datadog-trace-id x-cloud-trace-context grpc-trace-bin";

export const correlatorCount: u32 = Correlator.GrpcTraceBin + 1;

const xRequestId = constant("x-request-id");
const traceparent = constant("traceparent");
const b3 = constant("b3");
const xB3TraceId = constant("x-b3-traceid");
const xDatadogTraceId = constant("x-datadog-trace-id");
const xCloudTraceContext = constant("x-cloud-trace-context");
const grpcTraceBin = constant("grpc-trace-bin");

/** The name of the correlator's header. */
export function correlatorHeader(correlator: u32): Constant {
  switch (correlator) {
    case Correlator.XRequestId:
      return xRequestId;
    case Correlator.Traceparent:
      return traceparent;
    case Correlator.B3:
      return b3;
    case Correlator.XB3TraceId:
      return xB3TraceId;
    case Correlator.XDatadogTraceId:
      return xDatadogTraceId;
    case Correlator.XCloudTraceContext:
      return xCloudTraceContext;
    default:
      return grpcTraceBin;
  }
}

/** Whether the x-request-id that readCorrelator last read is too long for a slot. */
export let foundRequestIdIsTooLong: bool = false;

function readRequestId(id: Id, value: usize, size: usize): bool {
  foundRequestIdIsTooLong = size > maxId;
  if (size == 0 || foundRequestIdIsTooLong) return false;
  id.set(IdKind.Request, value, size);
  if (isUuid(value, size)) store<u8>(id.bytes() + uuidTraceByte, 0x30);
  return true;
}

/** Reads the request's id for this correlator into `id`; false if it has no usable one. */
export function readCorrelator(correlator: u32, id: Id): bool {
  if (correlator == Correlator.XRequestId) foundRequestIdIsTooLong = false;
  const name = correlatorHeader(correlator);
  if (getHeader(name.at, name.size) != Presence.Present) return false;
  firstMember(foundHeader, foundHeaderSize);
  switch (correlator) {
    case Correlator.XRequestId:
      return readRequestId(id, foundMember, foundMemberSize);
    case Correlator.Traceparent:
      return readTraceparent(id, foundMember, foundMemberSize);
    case Correlator.B3:
      return readB3(id, foundMember, foundMemberSize);
    case Correlator.XB3TraceId:
      return readTraceId(id, foundMember, foundMemberSize);
    case Correlator.XDatadogTraceId:
      return readDatadog(id, foundMember, foundMemberSize);
    case Correlator.XCloudTraceContext:
      return readCloudTrace(id, foundMember, foundMemberSize);
    default:
      return readGrpcTrace(id, foundMember, foundMemberSize);
  }
}
