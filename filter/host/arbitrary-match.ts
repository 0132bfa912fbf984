// Makes random valid matches of filter/config/match.ts for property tests, over alphabets so small that requests made from the same ones
// often match.
import fc from "fast-check";
import type { Match } from "../config/match.ts";

type Arbitraries = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Exactly one of `operators`, or `any` of them, optionally `not`, and all of `names`. */
function matcher(operators: Arbitraries, names: Arbitraries = {}): fc.Arbitrary<object> {
  const one = fc.oneof(
    ...Object.entries(operators).map(([name, value]) => value.map((operand) => ({ [name]: operand }))),
  );
  const any = fc.array(one, { minLength: 1, maxLength: 3 }).map((values) => ({ any: values }));
  const not = fc.record({ not: fc.boolean() }, { requiredKeys: [] });
  const parts = fc.tuple(fc.oneof({ weight: 3, arbitrary: one }, any), not, fc.record(names));
  return parts.map(([what, inverted, named]) => ({ ...what, ...inverted, ...named }));
}

const text = (unit: string, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength: max });

export const method = fc.constantFrom("GET", "POST", "PUT");
export const host = fc.constantFrom("a.example", "b.a.example", "example", "[::1]", "a.example.", "example.");
const hostEnd = fc.constantFrom("example", ".example", "a.example", "]", ".example.", ".");
/** Short paths and globs of few letters, so that they often match. */
export const path = text("ab/", 10).map((rest) => `/${rest}`);
const glob = text("ab/**", 10).map((rest) => `/${rest}`);
export const value = fc.oneof(text("ab", 3), text("abé😀 ", 12));
export const name = fc.constantFrom("x-a", "x-b", "x-c");
export const parameter = fc.constantFrom("p", "q", "pq");
export const service = fc.constantFrom("a", "b", "a.b", "a.b.c");
export const principal = fc
  .tuple(fc.constantFrom("td", "td2"), fc.constantFrom("a", "b", "ab"), fc.constantFrom("x", "y"))
  .map(([domain, namespace, account]) => `${domain}/ns/${namespace}/sa/${account}`);
export const claim = fc.constantFrom("c", "d");
const claimText = fc.oneof(text("ab", 3), fc.constantFrom("true", "false", "0", "1", "-7", "1.5", "007"));

const five = { exact: value, prefix: value, suffix: value, contains: value, present: fc.boolean() };
const three = (operand: fc.Arbitrary<string>): Arbitraries => ({ exact: operand, prefix: operand, suffix: operand });

const list = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> => fc.array(item, { minLength: 1, maxLength: 3 });
const partial = (fields: Arbitraries): fc.Arbitrary<object> => fc.record(fields, { requiredKeys: [] });

/** With few fields, because a rule with many hardly ever matches. */
export const arbitraryMatch = fc.oneof(
  partial({ method: matcher({ exact: method }), path: matcher({ exact: path, prefix: path, glob }) }),
  partial({ host: matcher({ exact: host, suffix: hostEnd }), headers: list(matcher(five, { name })) }),
  partial({ query: list(matcher(five, { name: parameter })), path: matcher({ exact: path, prefix: path, glob }) }),
  partial({
    grpc: partial({ service: matcher(three(service)), method: matcher(three(fc.constantFrom("a", "b", "ab"))) }),
  }),
  partial({
    source: partial({ principal: matcher(three(principal)), namespace: matcher(three(fc.constantFrom("a", "b"))) }),
  }),
  partial({
    jwt: list(
      matcher(
        { exact: claimText, prefix: claimText, suffix: claimText, contains: claimText, present: fc.boolean() },
        { claim: fc.array(claim, { minLength: 1, maxLength: 2 }) },
      ),
    ),
  }),
  partial({
    headers: list(matcher(five, { name })),
    percentage: fc.record({ value: fc.constantFrom(0, 100), not: fc.boolean() }),
  }),
) as fc.Arbitrary<Match>;
