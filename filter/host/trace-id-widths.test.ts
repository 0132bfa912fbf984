// An application's tracer may keep 64 of 128 bits, or know the other 64 from elsewhere (dd-trace-js#1325): both are the same id.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, joinCounters, joinedBy, receive, startJoins } from "./join.ts";
import { type HeaderRecord, levelHeader, levelsOf } from "./sidecar.ts";

const upper = "4bf92f3577b34da6";
const lower = "a3ce929d0e0e4736";
const decimal = BigInt(`0x${lower}`).toString();
const traceparent = (id: string): string => `00-${id}-00f067aa0ba902b7-01`;

const long: readonly HeaderRecord[] = [
  { traceparent: traceparent(upper + lower) },
  { b3: `${upper}${lower}-00f067aa0ba902b7-1` },
  { "x-b3-traceid": upper + lower },
  { "x-cloud-trace-context": `${upper}${lower}/1;o=1` },
];
const short: readonly HeaderRecord[] = [
  { "x-datadog-trace-id": decimal },
  { "x-b3-traceid": lower },
  { b3: `${lower}-00f067aa0ba902b7-1` },
  { traceparent: traceparent(`${"0".repeat(16)}${lower}`) },
];

for (const whole of long)
  for (const half of short)
    test(`trace id widths: ${JSON.stringify(whole)} and ${JSON.stringify(half)} are joined in both directions`, () => {
      assert.equal(joinedBy(whole, half), Object.keys(half)[0]);
      assert.equal(joinedBy(half, whole), Object.keys(whole)[0]);
    });

test("trace id widths: two ids of 128 bits with the same lower 64 are different", () => {
  assert.equal(
    joinedBy({ "x-b3-traceid": upper + lower }, { "x-b3-traceid": `5${upper.slice(1)}${lower}` }),
    undefined,
  );
});

test("trace id widths: the lower 64 bits are compared, not the upper ones", () => {
  assert.equal(joinedBy({ "x-b3-traceid": upper + lower }, { "x-b3-traceid": upper }), undefined);
});

test("trace id widths: a long id whose lower 64 bits are zero has no short form", () => {
  const zeros = "0".repeat(16);
  assert.equal(joinedBy({ "x-b3-traceid": upper + zeros }, { "x-b3-traceid": upper + zeros }), "x-b3-traceid");
  assert.equal(joinedBy({ "x-b3-traceid": upper + zeros }, { "x-b3-traceid": lower + zeros }), undefined);
  assert.equal(joinedBy({ "x-b3-traceid": upper + zeros }, { "x-datadog-trace-id": "0" }), undefined);
});

test("trace id widths: long ids whose lower 64 bits are zero do not crowd one set", () => {
  const joins = startJoins();
  const id = (index: number): HeaderRecord => ({ "x-b3-traceid": `${index}`.padStart(16, "1") + "0".repeat(16) });
  for (let i = 0; i < 100; i++) receive(joins, id(i));
  for (let i = 0; i < 100; i++) assert.equal(call(joins, id(i)), "batch");
});

test("trace id widths: if requests whose ids may be the same disagree, the highest level wins, as with one id", () => {
  const whole = { traceparent: traceparent(upper + lower) };
  const half = { "x-datadog-trace-id": decimal };
  for (const [first, second] of [
    [whole, half],
    [half, whole],
  ] as const)
    for (const [one, other] of [
      ["batch", "standard"],
      ["standard", "batch"],
    ] as const)
      for (const sent of [whole, half]) {
        const joins = startJoins();
        receive(joins, first, one);
        receive(joins, second, other);
        assert.equal(call(joins, sent), "standard");
        assert.equal(joinCounters(joins).ambiguous, 1);
      }
});

test("trace id widths: a short id that may be either of two long ones gets the higher level", () => {
  const joins = startJoins();
  receive(joins, { "x-b3-traceid": `1${upper.slice(1)}${lower}` }, "batch");
  receive(joins, { "x-b3-traceid": `2${upper.slice(1)}${lower}` }, "standard");
  assert.equal(call(joins, { "x-datadog-trace-id": decimal }), "standard");
  assert.deepEqual(joinCounters(joins), { "found.x-datadog-trace-id": 1, ambiguous: 1 });
  assert.equal(
    call(joins, { "x-b3-traceid": `1${upper.slice(1)}${lower}` }),
    "batch",
    "the long ones are still different",
  );
  assert.equal(call(joins, { "x-b3-traceid": `2${upper.slice(1)}${lower}` }), "standard");
  assert.equal(joinCounters(joins).ambiguous, 1);
});

test("trace id widths: after 60 s the id belongs to the later request, whatever its width", () => {
  let time = 1_700_000_000_000_000_000n;
  const joins = startJoins(() => time);
  receive(joins, { "x-b3-traceid": upper + lower }, "interactive");
  time += 61_000_000_000n;
  joins.inbound.tick();
  receive(joins, { "x-b3-traceid": lower }, "batch");
  for (const id of [lower, upper + lower]) assert.equal(call(joins, { "x-b3-traceid": id }), "batch");
  assert.equal(joinCounters(joins).ambiguous, undefined);
});

test("trace id widths: a request with its id in both forms stores it once, in the long form", () => {
  const { inbound, outbound } = startJoins();
  const both: readonly HeaderRecord[] = [
    { traceparent: traceparent(upper + lower), "x-datadog-trace-id": decimal },
    { b3: `${lower}-1`, "x-cloud-trace-context": upper + lower },
  ];
  for (const headers of both) {
    levelsOf(inbound, { ...headers, [levelHeader]: "batch" });
    assert.equal(inbound.calls.filter((name) => name === "proxy_set_shared_data").length, 1);
  }
  for (const id of [lower, upper + lower]) assert.deepEqual(levelsOf(outbound, { "x-b3-traceid": id }), ["batch"]);
  assert.deepEqual(levelsOf(outbound, { "x-b3-traceid": `5${upper.slice(1)}${lower}` }), []);
});
