// Ids in trace headers: everything that their specifications allow is read, and any text is read as the model reads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mutate } from "./fuzz/mutate.ts";
import { Random } from "./fuzz/random.ts";
import { call, receive, startJoins } from "./join.ts";
import { idIn, isOneId, listOf, traceHeaders } from "./trace-headers.ts";

const joins = startJoins();

function areJoined([name, value]: readonly [string, string], [otherName, other]: readonly [string, string]): boolean {
  joins.forget();
  receive(joins, { [name]: value });
  return call(joins, { [otherName]: other }) === "batch";
}

for (const [name, element] of Object.entries(traceHeaders))
  test(`trace headers: every ${name} is read, alone and as the first of a list`, () => {
    const empty = fc.array(fc.constant(""), { maxLength: 2 });
    const others = fc.array(fc.oneof(element, fc.constantFrom("", "nonsense")), { maxLength: 2 });
    const list = fc
      .tuple(empty, element, others)
      .chain(([before, one, after]) => fc.tuple(fc.constant(one), listOf(fc.constant([...before, one, ...after]))));
    fc.assert(
      fc.property(list, ([one, text]) => {
        assert.notEqual(idIn(name, one), undefined, "the model reads it");
        assert.ok(areJoined([name, one], [name, one]), "alone");
        assert.ok(areJoined([name, text], [name, one]), "received in a list");
        assert.ok(areJoined([name, one], [name, text]), "sent in a list");
        if (name !== "x-request-id")
          assert.ok(areJoined([name, text], ["x-b3-traceid", idIn(name, one)!]), "as a B3 id");
      }),
      { numRuns: 1000 },
    );
  });

test("trace headers: any two texts are joined if and only if the model says so", () => {
  const header = fc.constantFrom(...Object.keys(traceHeaders)).chain((name) => {
    const lists = listOf(fc.array(traceHeaders[name]!, { minLength: 1, maxLength: 2 }));
    const broken = fc.tuple(lists, fc.nat()).map(([text, seed]) => mutate(new Random(seed), text));
    return fc.tuple(fc.constant(name), fc.oneof({ weight: 3, arbitrary: lists }, broken));
  });
  /** Often the same header with the same text, or with that text corrupted. */
  const pair = fc.tuple(header, header, fc.constantFrom(0, 1, 2), fc.nat()).map(([one, other, kind, seed]) => {
    if (kind === 0) return [one, other] as const;
    return [one, [one[0], kind === 1 ? one[1] : mutate(new Random(seed), one[1])]] as const;
  });
  let joined = 0;
  let different = 0;
  fc.assert(
    fc.property(pair, ([one, other]) => {
      const expected = isOneId([one[0]!, one[1]!], [other[0]!, other[1]!]);
      assert.equal(areJoined([one[0]!, one[1]!], [other[0]!, other[1]!]), expected);
      if (expected) joined += 1;
      else different += 1;
    }),
    { numRuns: 10_000 },
  );
  assert.ok(joined > 1000 && different > 1000, `${joined} joined, ${different} not`);
});
