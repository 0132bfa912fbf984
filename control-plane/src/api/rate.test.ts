// Rates and quantities that tc(8) and Kubernetes accept, and those that they don't.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseQuantity, parseTcRate, rateRange } from "./rate.ts";

test("rates are read like in tc(8)", () => {
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

test("quantities are read like in Kubernetes", () => {
  const quantities: readonly (readonly [string, number])[] = [
    ["100M", 1e8],
    ["1G", 1e9],
    ["1Gi", 1024 ** 3],
    ["128000", 128_000],
    ["1e9", 1e9],
    ["2.5G", 2.5e9],
    ["1000000k", 1e9],
    ["100000000m", 1e5],
    ["2.3G", 2.3e9],
    ["+1.G", 1e9],
    [".5G", 5e8],
    ["1e+9", 1e9],
    ["100000000000e-3", 1e8],
    ["64000000001u", 64_001],
    ["0.000001E", 1e12],
  ];
  for (const [text, rate] of quantities) assert.equal(parseQuantity(text), rate, text);
  for (const text of [
    "",
    "100Mbit",
    "1K",
    "1 G",
    "lots",
    "1g",
    "-1G",
    "1e99",
    "1",
    ".",
    "+",
    "1e3M",
    "1e",
    "1MG",
    "１G",
  ])
    assert.equal(parseQuantity(text), undefined, text);
});

/** The grammar of resource.Quantity: <signedNumber> ( <binarySI> | <decimalExponent> | <decimalSI> ), with the value of each part. */
const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength });
const number = fc.oneof(
  fc.tuple(digits(1, 12), fc.constant(""), fc.constant("")),
  fc.tuple(digits(1, 12), fc.constant("."), digits(0, 12)),
  fc.tuple(fc.constant(""), fc.constant("."), digits(1, 12)),
);
type Factor = readonly [text: string, base: bigint, power: number];
const binary = fc.constantFrom(...["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((name, i): Factor => [name, 1024n, i + 1]));
const decimal = fc.constantFrom(
  ...["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].map((name, i): Factor => [name, 1000n, i - 3]),
);
const exponent = fc
  .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.integer({ min: 0, max: 18 }))
  .map(([letter, sign, power]): Factor => [`${letter}${sign}${power}`, 10n, sign === "-" ? -power : power]);

test("every quantity of the grammar has the same value as in Kubernetes, rounded up", () => {
  const quantity = fc.tuple(fc.constantFrom("", "+", "-"), number, fc.oneof(binary, decimal, exponent));
  let read = 0;
  fc.assert(
    fc.property(quantity, ([sign, [whole, point, fraction], [suffix, base, power]]) => {
      // As a fraction of two whole numbers.
      const above = BigInt(`0${whole}${fraction}`) * (power > 0 ? base ** BigInt(power) : 1n);
      const below = 10n ** BigInt(fraction.length) * (power < 0 ? base ** BigInt(-power) : 1n);
      const bits = above / below + (above % below === 0n ? 0n : 1n);
      const isRate = sign !== "-" && bits >= BigInt(rateRange.min) && bits <= BigInt(rateRange.max);
      assert.equal(parseQuantity(`${sign}${whole}${point}${fraction}${suffix}`), isRate ? Number(bits) : undefined);
      if (isRate) read += 1;
    }),
    { numRuns: 5000 },
  );
  assert.ok(read > 500, `${read} of 5000 were rates`);
});

test("an almost valid quantity is refused", () => {
  const good = fc.tuple(number, fc.oneof(binary, decimal, exponent));
  const near = good.chain(([parts, [suffix]]) => {
    const text = parts.join("");
    return fc.constantFrom(
      ...[`${text} ${suffix}`, ` ${text}${suffix}`, `${text}${suffix} `, `${text}${suffix}b`, `${text}${suffix}it`],
      ...[
        `${text}.${suffix}.`,
        `${text}e3${suffix === "" ? "k" : suffix}`,
        `--${text}${suffix}`,
        suffix,
        `${suffix}${text}x`,
      ],
    );
  });
  fc.assert(
    fc.property(near, (text) => assert.equal(parseQuantity(text), undefined, text)),
    { numRuns: 2000 },
  );
});

test("any text is either a rate within the range or refused", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,20}(\.\d{1,3})?([kKmMgGtTPE]i?)?(bit|bps|Bit)?$/));
  fc.assert(
    fc.property(text, (entry) => {
      for (const rate of [parseTcRate(entry), parseQuantity(entry)])
        assert.ok(rate === undefined || (Number.isInteger(rate) && rate >= rateRange.min && rate <= rateRange.max));
    }),
  );
});
