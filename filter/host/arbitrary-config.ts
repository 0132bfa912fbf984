// Makes random valid configurations of filter/config/schema.ts.
import fc from "fast-check";
import { correlators } from "../config/schema.ts";
import { arbitraryMatch } from "./arbitrary-match.ts";

const text = (max: number): fc.Arbitrary<string> => fc.string({ unit: "grapheme", minLength: 1, maxLength: max });
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const header = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);

const memberKey = fc.stringMatching(/^[a-z0-9][a-z0-9_*/@-]{0,20}$/);

function levelSourceOf(level: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> {
  const values = fc.array(fc.record({ value: text(20), level }), { minLength: 1, maxLength: 4 });
  const place = fc.oneof(
    fc.record({ header }),
    fc.record({ tracestate: memberKey }),
    fc.record({ baggage: memberKey }),
  );
  return fc.tuple(place, fc.option(values)).map(([at, map]) => (map === null ? at : { ...at, values: map }));
}

/** The domains are required if trust is Mesh or levelClusters is present. */
const required = [
  ...(["version", "role", "header", "levels", "defaultLevel", "correlateBy", "trust"] as const),
  ...(["trustDomains", "clusterDomain"] as const),
];

const path = fc.stringMatching(/^\/[a-z/]{0,10}$/);

/** Few, so that a test reaches the limit, and sometimes any number. */
const mostlyFew = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.integer({ min: 1, max }));

/** For an inbound filter with so many levels. */
function queueOf(levels: number): fc.Arbitrary<unknown> {
  const level = fc.record({
    maxWait: fc.integer({ min: 1, max: 3_600_000 }),
    onTimeout: fc.constantFrom("Forward", "Reject"),
    share: fc.integer({ min: 0, max: 10_000 }),
  });
  return fc.record(
    {
      limit: mostlyFew(1000),
      minLimit: fc.constant(1),
      maxQueued: mostlyFew(1024),
      levels: fc.array(level, { minLength: levels, maxLength: levels }),
      exemptPaths: fc.array(path, { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: ["limit", "maxQueued", "levels"] },
  );
}

/** Each optional field is present or absent. */
export const arbitraryConfig = fc.uniqueArray(label, { minLength: 1, maxLength: 8 }).chain((levels) => {
  const level = fc.constantFrom(...levels);
  const config = fc.record(
    {
      version: fc.constant(1),
      role: fc.constantFrom("inbound", "outbound", "gateway"),
      header,
      levels: fc.constant(levels),
      defaultLevel: level,
      correlateBy: fc.subarray([...correlators], { minLength: 1 }),
      trust: fc.constantFrom("Never", "Mesh", "Always"),
      trustDomains: fc.array(text(40), { minLength: 1, maxLength: 3 }),
      rules: fc.array(fc.record({ name: text(20), match: arbitraryMatch, level }), { maxLength: 5 }),
      classifyDefault: level,
      slotSets: fc.constantFrom(64, 128, 256),
      mode: fc.constantFrom("Observe", "Enforce"),
      readFrom: fc.array(levelSourceOf(level), { minLength: 1, maxLength: 4 }),
      writeTo: fc.record({ tracestate: memberKey }),
      levelClusters: fc.array(level, { minLength: 1, maxLength: 8 }),
      clusterDomain: text(40),
      writeDefault: fc.boolean(),
      deadlines: fc.constantFrom("Carry", "Enforce"),
    },
    { requiredKeys: [...required] },
  );
  return fc
    .tuple(config, fc.option(queueOf(levels.length)))
    .map(([one, queue]) => (queue === null || one.role !== "inbound" ? one : { ...one, queue }));
});

/** Random route lists of filter/config/route-list.ts. */
export const arbitraryRouteList = fc.record({
  variants: fc.array(
    fc.record({
      name: fc.stringMatching(/^[0-9a-f]{16}$/),
      routes: fc.array(text(40), { minLength: 1, maxLength: 8 }),
    }),
    { maxLength: 16 },
  ),
  excludedHosts: fc.array(text(40), { maxLength: 8 }),
});
