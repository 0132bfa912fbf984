// Which ids join a call to the request that caused it, header by header.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, joinCounters, receive, startJoins } from "./join.ts";
import { type HeaderRecord, levelHeader, levelsOf, startSidecar } from "./sidecar.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const half = "a3ce929d0e0e4736";
const padded = `0000000000000000${half}`;
const zeros = "0".repeat(32);
const traceparent = (id: string): string => `00-${id}-00f067aa0ba902b7-01`;
/** Version 0; field 0: trace id; field 1: span id; field 2: flags (OpenCensus). */
function grpcTrace(id: string, padding = ""): string {
  const bytes = Buffer.from(`0000${id}0100f067aa0ba902b70201`, "hex");
  return bytes.toString("base64").replace(/=*$/, padding);
}
const uuid = (digit: string): string => `6f9619ff-8b86-${digit}011-b42d-00cf4fc964ff`;

/** What inbound received, what the application sent, and the header that joins the two (undefined: none). */
const cases: readonly (readonly [HeaderRecord, HeaderRecord, string | undefined])[] = [
  [{ "x-request-id": "abc" }, { "x-request-id": "abc" }, "x-request-id"],
  [{ "x-request-id": "abc" }, { "x-request-id": "abd" }, undefined],
  [{ "x-request-id": "abc" }, { "x-request-id": "ABC" }, undefined],
  [{ "x-request-id": "abc" }, { "x-request-id": "abcd" }, undefined],
  [{ "x-request-id": "" }, { "x-request-id": "" }, undefined],
  [{ "x-request-id": "a".repeat(48) }, { "x-request-id": "a".repeat(48) }, "x-request-id"],
  // Envoy rewrites digit 14 of a UUID with its trace decision.
  [{ "x-request-id": uuid("4") }, { "x-request-id": uuid("9") }, "x-request-id"],
  [{ "x-request-id": uuid("4") }, { "x-request-id": uuid("4").replace("64ff", "64fe") }, undefined],
  // … and of no other id.
  [{ "x-request-id": "a".repeat(36) }, { "x-request-id": `${"a".repeat(14)}b${"a".repeat(21)}` }, undefined],
  [{ traceparent: traceparent(trace) }, { traceparent: `00-${trace}-1111111111111111-00` }, "traceparent"],
  [{ traceparent: traceparent(trace) }, { traceparent: `cc-${trace}-1111111111111111-00-later` }, "traceparent"],
  [{ traceparent: traceparent(trace) }, { b3: `${trace}-00f067aa0ba902b7-1` }, "b3"],
  [{ traceparent: traceparent(trace) }, { "x-b3-traceid": trace.toUpperCase() }, "x-b3-traceid"],
  [{ b3: `${half}-00f067aa0ba902b7` }, { traceparent: traceparent(padded) }, "traceparent"],
  [{ "x-b3-traceid": half }, { b3: `${padded}-00f067aa0ba902b7-1` }, "b3"],
  [
    { "x-request-id": "abc", b3: `${trace}-00f067aa0ba902b7` },
    { "x-request-id": "new", traceparent: traceparent(trace) },
    "traceparent",
  ],
  [
    { "x-request-id": "abc", traceparent: traceparent(trace) },
    { "x-request-id": "abc", traceparent: traceparent(trace) },
    "x-request-id",
  ],
  // A trace id is not a request id.
  [{ "x-request-id": trace }, { "x-b3-traceid": trace }, undefined],
  // Datadog and Cloud Trace write the same trace id in their own formats.
  [{ "x-datadog-trace-id": "1" }, { "x-datadog-trace-id": "1" }, "x-datadog-trace-id"],
  [{ "x-datadog-trace-id": BigInt(`0x${half}`).toString() }, { "x-b3-traceid": half }, "x-b3-traceid"],
  [{ b3: `${half}-1` }, { "x-datadog-trace-id": BigInt(`0x${half}`).toString() }, "x-datadog-trace-id"],
  [{ "x-datadog-trace-id": "18446744073709551615" }, { b3: `${"f".repeat(16)}-1` }, "b3"],
  [{ "x-datadog-trace-id": "18446744073709551616" }, { "x-datadog-trace-id": "18446744073709551616" }, undefined],
  [{ "x-datadog-trace-id": "99999999999999999999" }, { "x-datadog-trace-id": "99999999999999999999" }, undefined],
  [{ "x-datadog-trace-id": "0" }, { "x-datadog-trace-id": "0" }, undefined],
  [{ "x-datadog-trace-id": "1f" }, { "x-datadog-trace-id": "1f" }, undefined],
  [{ "x-cloud-trace-context": `${trace}/1;o=1` }, { "x-cloud-trace-context": trace }, "x-cloud-trace-context"],
  [{ traceparent: traceparent(trace) }, { "x-cloud-trace-context": `${trace}/1` }, "x-cloud-trace-context"],
  [{ "x-cloud-trace-context": `${trace}x/1` }, { "x-cloud-trace-context": `${trace}x/1` }, undefined],
  [{ "grpc-trace-bin": grpcTrace(trace) }, { "grpc-trace-bin": grpcTrace(trace, "=") }, "grpc-trace-bin"],
  [{ "grpc-trace-bin": grpcTrace(trace) }, { "x-b3-traceid": trace }, "x-b3-traceid"],
  [{ b3: `${trace}-1` }, { "grpc-trace-bin": grpcTrace(trace) }, "grpc-trace-bin"],
  [{ "grpc-trace-bin": grpcTrace(zeros) }, { "grpc-trace-bin": grpcTrace(zeros) }, undefined],
  [{ "grpc-trace-bin": `B${grpcTrace(trace).slice(1)}` }, { "x-b3-traceid": trace }, undefined],
  [{ "grpc-trace-bin": grpcTrace(trace).slice(0, 23) }, { "x-b3-traceid": trace }, undefined],
  [{ "grpc-trace-bin": grpcTrace(trace).replace("A", "-") }, { "x-b3-traceid": trace }, undefined],
  // Malformed ids count as absent.
  [{ traceparent: traceparent(zeros) }, { traceparent: traceparent(zeros) }, undefined],
  [{ traceparent: `ff-${trace}-00f067aa0ba902b7-01` }, { "x-b3-traceid": trace }, undefined],
  [{ traceparent: `00-${trace}-00f067aa0ba902b7-01-more` }, { "x-b3-traceid": trace }, undefined],
  [{ traceparent: `00-${trace}-00f067aa0ba902b7` }, { "x-b3-traceid": trace }, undefined],
  [
    { traceparent: traceparent(trace.replace("4", "g")) },
    { traceparent: traceparent(trace.replace("4", "g")) },
    undefined,
  ],
  [{ b3: "0" }, { b3: "0" }, undefined],
  [{ b3: trace }, { "x-b3-traceid": trace }, undefined],
  [{ b3: `${trace.slice(1)}-00f067aa0ba902b7` }, { "x-b3-traceid": trace.slice(1) }, undefined],
  [{ "x-b3-traceid": `${trace}0` }, { "x-b3-traceid": `${trace}0` }, undefined],
  [{ "x-b3-traceid": "" }, { "x-b3-traceid": "" }, undefined],
  [{}, {}, undefined],
];

for (const [received, sent, correlator] of cases)
  test(`correlators: ${JSON.stringify(received)} then ${JSON.stringify(sent)}: ${correlator ?? "not joined"}`, () => {
    const joins = startJoins();
    receive(joins, received);
    assert.equal(call(joins, sent), correlator === undefined ? undefined : "batch");
    assert.deepEqual(joinCounters(joins), { [correlator === undefined ? "missed" : `found.${correlator}`]: 1 });
  });

test("correlators: outbound tries them in the order of correlateBy", () => {
  const { inbound, outbound } = startSidecar({ config: { correlateBy: ["traceparent", "x-request-id"] } }).workers[0]!;
  levelsOf(inbound, { "x-request-id": "abc", [levelHeader]: "batch" });
  levelsOf(inbound, { traceparent: traceparent(trace), [levelHeader]: "standard" });
  const levels = levelsOf(outbound, { "x-request-id": "abc", traceparent: traceparent(trace) });
  assert.deepEqual(levels, ["standard"]);
});

test("correlators: only those of correlateBy are read", () => {
  const { inbound, outbound } = startSidecar({ config: { correlateBy: ["b3"], writeDefault: true } }).workers[0]!;
  levelsOf(inbound, { "x-request-id": "abc", [levelHeader]: "batch" });
  assert.deepEqual(levelsOf(outbound, { "x-request-id": "abc" }), []);
  assert.deepEqual(outbound.calls, ["proxy_get_header_map_pairs"]);
});

test("correlators: at most three ids are stored, each once", () => {
  const { inbound } = startSidecar({ config: { writeDefault: true } }).workers[0]!;
  const writes = (headers: HeaderRecord): number => {
    levelsOf(inbound, headers);
    return inbound.calls.filter((call) => call === "proxy_set_shared_data").length;
  };
  const other = (digit: string): string => trace.replace("4", digit);
  assert.equal(
    writes({ "x-request-id": "a", traceparent: traceparent(trace), b3: `${trace}-1`, "x-b3-traceid": trace }),
    2,
  );
  assert.equal(
    writes({ "x-request-id": "a", traceparent: traceparent(trace), b3: `${other("5")}-1`, "x-b3-traceid": other("6") }),
    3,
  );
});

test("correlators: a request id of more than 48 bytes is not joined, and is counted if nothing else finds the cause", () => {
  const long = { "x-request-id": "a".repeat(49) };
  const trace64 = { "x-b3-traceid": half };
  const joins = startJoins();
  receive(joins, { ...long, ...trace64 });
  assert.equal(call(joins, long), undefined);
  assert.deepEqual(joinCounters(joins), { missed: 1, too_long: 1 });
  assert.equal(call(joins, { ...long, ...trace64 }), "batch");
  assert.deepEqual(joinCounters(joins), { missed: 1, too_long: 1, "found.x-b3-traceid": 1 });
  for (const sent of [{}, { "x-request-id": "a".repeat(48) }, { "x-request-id": `b, ${long["x-request-id"]}` }])
    assert.equal(call(joins, sent), undefined);
  assert.deepEqual(joinCounters(joins), { missed: 4, too_long: 1, "found.x-b3-traceid": 1 });
});
