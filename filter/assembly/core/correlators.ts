// The request's trace headers enter, ids leave in one canonical form, so that an id which arrives in b3 and is
// forwarded in traceparent is still the same id. Malformed, all-zero and overlong ones count as not present; of a list the
// first one counts, because libraries and proxies on the way double headers.
import { Constant, constant } from "../abi/ascii";
import { getHeader, foundHeaderSize, foundHeader, Presence } from "../abi/headers";
import { Id, IdKind, maxId } from "./id";
import { firstMember, foundMemberSize, foundMember } from "./list-header";
import { readB3, readCloudTrace, readDatadog, readGrpcTrace, readTraceId, readTraceparent } from "./trace-id";
import { isUuid, uuidTraceByte } from "./uuid";

/** In the order of `correlators` in filter/config/schema.ts. */
export const enum Correlator {
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

const xRequestId = constant("x-request-id");
const traceparent = constant("traceparent");
const b3 = constant("b3");
const xB3TraceId = constant("x-b3-traceid");
const xDatadogTraceId = constant("x-datadog-trace-id");
const xCloudTraceContext = constant("x-cloud-trace-context");
const grpcTraceBin = constant("grpc-trace-bin");

/** Whether the x-request-id that readCorrelator last looked for has more bytes than a slot. */
export let foundRequestIdIsTooLong: bool = false;

function readRequestId(id: Id, value: usize, size: usize): bool {
  foundRequestIdIsTooLong = size > maxId;
  if (size == 0 || foundRequestIdIsTooLong) return false;
  id.set(IdKind.Request, value, size);
  if (isUuid(value, size)) store<u8>(id.bytes() + uuidTraceByte, 0x30);
  return true;
}

/** The id is then the member that members.ts read last. */
function fetch(name: Constant): bool {
  if (getHeader(name.at, name.size) != Presence.Present) return false;
  firstMember(foundHeader, foundHeaderSize);
  return true;
}

/** Reads what the request has under this correlator into `id`; false where it has nothing usable. One host call. */
export function readCorrelator(correlator: u32, id: Id): bool {
  switch (correlator) {
    case Correlator.XRequestId:
      foundRequestIdIsTooLong = false;
      return fetch(xRequestId) && readRequestId(id, foundMember, foundMemberSize);
    case Correlator.Traceparent:
      return fetch(traceparent) && readTraceparent(id, foundMember, foundMemberSize);
    case Correlator.B3:
      return fetch(b3) && readB3(id, foundMember, foundMemberSize);
    case Correlator.XB3TraceId:
      return fetch(xB3TraceId) && readTraceId(id, foundMember, foundMemberSize);
    case Correlator.XDatadogTraceId:
      return fetch(xDatadogTraceId) && readDatadog(id, foundMember, foundMemberSize);
    case Correlator.XCloudTraceContext:
      return fetch(xCloudTraceContext) && readCloudTrace(id, foundMember, foundMemberSize);
    case Correlator.GrpcTraceBin:
      return fetch(grpcTraceBin) && readGrpcTrace(id, foundMember, foundMemberSize);
    default:
      return false;
  }
}
