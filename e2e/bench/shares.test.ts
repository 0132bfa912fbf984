// The cost that a variant adds is split into its host calls, each at its price, and the rest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { levelOnResponse } from "./callbacks.ts";
import { replacedOnce } from "./calls.ts";
import { floor, rest, routeAgain, sharesOf } from "./shares.ts";
import type { Variant } from "./variants.ts";

const exactly = (value: number) => ({ value, low: value, high: value });
const result = (name: string, added: number) => ({ name, added: exactly(added) });
const variant = (name: string, answers: boolean) =>
  ({ name, listener: { levelOnResponse: answers } }) as unknown as Variant;
const priced = Object.entries({
  "get all headers": 1200,
  "get shared data, 512 bytes": 1500,
  "replace a header": 400,
  [replacedOnce]: 1400,
  [levelOnResponse]: 300,
}).map(([name, nanoseconds]) => ({ name, nanoseconds: exactly(nanoseconds) }));
const results = [result("empty", 3), result("outbound", 9), result("gateway-1", 7)];
const variants = [variant("outbound", false), variant("gateway-1", true)];

test("shares: each call has its price, a replaced header adds the route, and the rest is what remains", () => {
  const calls = ["proxy_get_header_map_pairs", "proxy_get_shared_data", "proxy_get_shared_data"];
  const transcripts = new Map([["outbound", [...calls, "proxy_replace_header_map_value"]]]);
  const [{ name, parts, added } = assert.fail()] = sharesOf({ variants, transcripts, results, priced });
  assert.deepEqual([name, added], ["outbound", 9]);
  const rounded = [...parts].map(([part, micros]) => [part, Number(micros.toFixed(6))]);
  assert.deepEqual(rounded, [
    [floor, 3],
    ["get all headers", 1.2],
    ["get shared data, 512 bytes", 3],
    ["replace a header", 0.4],
    [routeAgain, 1],
    [rest, 0.4],
  ]);
});

test("shares: the level on the response counts if the routes add it", () => {
  const transcripts = new Map([["gateway-1", ["proxy_get_header_map_pairs"]]]);
  const [{ parts } = assert.fail()] = sharesOf({ variants, transcripts, results, priced });
  assert.equal(parts.get(levelOnResponse), 0.3);
  assert.equal(parts.has(routeAgain), false);
});

test("shares: a call without a price is an error", () => {
  const transcripts = new Map([["outbound", ["proxy_http_call"]]]);
  assert.throws(
    () => sharesOf({ variants, transcripts, results, priced }),
    /outbound calls proxy_http_call, which has no/,
  );
});
