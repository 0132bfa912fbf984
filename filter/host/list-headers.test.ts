// Members of shared list headers: everything that W3C allows is read, and any text is read as the model reads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FilterConfig } from "../config/schema.ts";
import { mutate } from "./fuzz/mutate.ts";
import { Random } from "./fuzz/random.ts";
import { baggageMember, encodings, headersOf, memberValue, stateKey, stateMember } from "./list-headers.ts";
import { configOf, headerList, levelHeader, levels, levelsOf, startFilter, valuesOf } from "./sidecar.ts";

const key = "pri-o*";
/** The values for each level; the last one is the longest that a configuration may name. */
const names = {
  low: "batch",
  "sehr höflich, bitte": "standard",
  'a b;c=%41\\"': "batch",
  ["🐌".repeat(32)]: "standard",
};
const values = Object.entries(names).map(([value, level]) => ({ value, level }));

type Place = "tracestate" | "baggage";
const places: readonly Place[] = ["tracestate", "baggage"];
const vms = new Map(
  places.map((place) => {
    const readFrom = [{ [place]: key, values }] as FilterConfig["readFrom"];
    return [place, startFilter(configOf("inbound", { readFrom }))];
  }),
);

const levelOf = (place: Place, lines: readonly string[]): string | undefined =>
  levelsOf(vms.get(place)!, { [place]: lines })[0];

/** Compares the value's bytes. */
function levelNamed(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return values.find((one) => Buffer.from(one.value, "utf8").toString("latin1") === value)?.level;
}

const otherKey = stateKey.filter((other) => other !== key);
const others: Readonly<Record<Place, fc.Arbitrary<string>>> = {
  tracestate: fc.oneof(stateMember(otherKey), fc.constant("")),
  baggage: fc.oneof(baggageMember(otherKey), fc.constant("")),
};

/** Members, including `own`. */
function listWith(place: Place, own: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> {
  const around = fc.array(others[place], { maxLength: 2 });
  return fc.tuple(around, own, around).map(([before, one, after]) => [...before, one, ...after]);
}

const chosen = fc.constantFrom(...values);

test("list headers: a baggage member is read at any position, however it is written", () => {
  const cases = chosen.chain((one) => {
    const member = baggageMember(fc.constant(key), encodings(one.value));
    return fc.tuple(fc.constant(one.level), headersOf(listWith("baggage", member)));
  });
  fc.assert(
    fc.property(cases, ([level, lines]) => assert.equal(levelOf("baggage", lines), level)),
    { numRuns: 5000 },
  );
});

test("list headers: a tracestate member is read at any position", () => {
  const lists = headersOf(listWith("tracestate", fc.constant(`${key}=low`)));
  fc.assert(
    fc.property(lists, (lines) => assert.equal(levelOf("tracestate", lines), "batch")),
    { numRuns: 2000 },
  );
});

for (const place of places)
  test(`list headers: any ${place} is read as the model reads it`, () => {
    const member = place === "baggage" ? baggageMember : stateMember;
    const value = chosen.chain((one) => fc.oneof(encodings(one.value), fc.constant("low")));
    const own = fc.oneof(member(fc.constant(key), value), member(fc.constant(key)), others[place]);
    const lists = fc.tuple(headersOf(listWith(place, own)), fc.nat(), fc.boolean()).map(([lines, seed, isBroken]) => {
      const random = new Random(seed);
      return isBroken ? lines.map((line) => mutate(random, line)) : lines;
    });
    let read = 0;
    fc.assert(
      fc.property(lists, (lines) => {
        const level = levelNamed(memberValue(place, lines, key));
        assert.equal(levelOf(place, lines), level);
        if (level !== undefined) read += 1;
      }),
      { numRuns: 5000 },
    );
    assert.ok(read > 200, `${read} of 5000 were a level`);
  });

/** W3C Trace Context, 3.3.1: list-member *31( OWS "," OWS list-member ), each key once. */
function withMember(lines: readonly string[], own: string): readonly string[] {
  const members = lines.flatMap((line) => line.split(",")).map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""));
  const others = members.filter((member) => member !== "" && !member.startsWith(`${key}=`));
  return [[`${key}=${own}`, ...others].slice(0, 32).join(",")];
}

test("list headers: the level is written into any tracestate according to its grammar, before the other members", () => {
  const own = fc.constantFrom("batch", "standard", "interactive", "other").map((value) => `${key}=${value}`);
  const list = fc.array(fc.oneof({ weight: 4, arbitrary: others.tracestate }, own), { maxLength: 40 });
  const gateway = startFilter(configOf("gateway", { writeTo: { tracestate: key } }));
  let kept = 0;
  fc.assert(
    fc.property(headersOf(list), fc.constantFrom(...levels), (lines, level) => {
      const headers = headerList({ [levelHeader]: level, tracestate: lines });
      const written = valuesOf(gateway.request(headers), "tracestate");
      const before = memberValue("tracestate", lines, key);
      const isKept = before === level || (before === undefined && level === "interactive");
      assert.deepEqual(written, isKept ? lines : withMember(lines, level));
      if (isKept) kept += 1;
    }),
    { numRuns: 3000 },
  );
  assert.ok(kept > 300 && kept < 2700, `${kept} of 3000 stayed as they were`);
});
