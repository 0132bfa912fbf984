// Rates and quantities: what tc(8) and Kubernetes read, and what they do not.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseQuantity, parseTcRate, rateRange } from "./rate.ts";

test("rates as tc(8) reads them", () => {
  const rates: readonly (readonly [string, number])[] = [
    ["1Gbit", 1e9],
    ["9500Mbit", 9.5e9],
    ["9.5gbit", 9.5e9],
    ["100000", 1e5],
    ["64kbit", 64_000],
    ["1mbps", 8e6],
    ["1MiBps", 8 * 1024 ** 2],
    ["100kibit", 102_400],
    ["1.6tbit", 1.6e12],
  ];
  for (const [text, rate] of rates) assert.equal(parseTcRate(text), rate, text);
  for (const text of [
    "",
    "fast",
    "1 Gbit",
    "-1mbit",
    "1e9",
    "1Gb",
    "mbit",
    "1kbit",
    "2Tbit",
    ".5gbit",
    "1.mbit",
    "１gbit",
  ])
    assert.equal(parseTcRate(text), undefined, text);
});

test("quantities as Kubernetes reads them", () => {
  const quantities: readonly (readonly [string, number])[] = [
    ["100M", 1e8],
    ["1G", 1e9],
    ["1Gi", 1024 ** 3],
    ["128000", 128_000],
    ["1e9", 1e9],
    ["2.5G", 2.5e9],
    ["1000000k", 1e9],
    ["100000000m", 1e5],
  ];
  for (const [text, rate] of quantities) assert.equal(parseQuantity(text), rate, text);
  for (const text of ["", "100Mbit", "1K", "1 G", "lots", "1g", "-1G", "1e99", "1"])
    assert.equal(parseQuantity(text), undefined, text);
});

test("any text is a rate within the range, or none", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,20}(\.\d{1,3})?([kKmMgGtTPE]i?)?(bit|bps|Bit)?$/));
  fc.assert(
    fc.property(text, (entry) => {
      for (const rate of [parseTcRate(entry), parseQuantity(entry)])
        assert.ok(rate === undefined || (Number.isInteger(rate) && rate >= rateRange.min && rate <= rateRange.max));
    }),
  );
});
