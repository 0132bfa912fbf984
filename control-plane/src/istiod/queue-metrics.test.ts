// What a sidecar's metrics say of its queue, in the form in which Envoy 1.39 writes them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { queueSample, queueSampleOf } from "./queue-metrics.ts";

/** Of two levels, one with a hyphen in its name. */
const text = [
  "# TYPE expedite_inbound_queue_forwarded_best_effort counter",
  "expedite_inbound_queue_forwarded_best_effort{} 3",
  "expedite_inbound_queue_forwarded_interactive{} 0",
  "expedite_inbound_queue_reentrant{} 9",
  'expedite_inbound_queue_rejected_best_effort{local="x"} 1',
  "envoy_wasmcustom_expedite_inbound_queue_in_flight{} 6",
  "expedite_inbound_queue_late{} 2",
  "expedite_inbound_queue_limit{} 7",
  "expedite_inbound_queue_length_best_effort{} 12",
  "expedite_inbound_queue_length_interactive 0",
  "# TYPE expedite_inbound_queue_wait_ms_best_effort histogram",
  'expedite_inbound_queue_wait_ms_best_effort_bucket{le="0.5"} 0',
  'expedite_inbound_queue_wait_ms_best_effort_bucket{le="250"} 1',
  'expedite_inbound_queue_wait_ms_best_effort_bucket{local="x",le="500"} 4',
  'expedite_inbound_queue_wait_ms_best_effort_bucket{le="+Inf"} 4',
  "expedite_inbound_queue_wait_ms_best_effort_sum{} 1.2345e+03",
  "expedite_inbound_queue_wait_ms_best_effort_count{} 4",
  "expedite_outbound_requests_best_effort{} 77",
  "",
].join("\n");

test("length, waits, forwarded and rejected by level, and what is in the application", () => {
  const waits = {
    count: 4,
    sum: 1234.5,
    buckets: new Map([0.5, 250, 500].map((bound, index) => [bound, [0, 1, 4][index]!])),
  };
  assert.deepEqual(queueSampleOf(text), {
    inFlight: 6,
    late: 2,
    limit: 7,
    levels: new Map([
      ["best-effort", { waiting: 12, forwarded: 3, rejected: 1, waits }],
      ["interactive", { waiting: 0, forwarded: 0, rejected: 0, waits: { count: 0, sum: 0, buckets: new Map() } }],
    ]),
  });
});

test("a sidecar without a queue, and one that cannot be reached, are not known", async () => {
  assert.equal(queueSampleOf("expedite_inbound_requests_batch{} 4\n"), undefined);
  assert.equal(await queueSample("127.0.0.1"), undefined);
});
