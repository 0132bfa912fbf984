// Random configurations of filter/config/schema.ts, good ones only.
import fc from "fast-check";
import { correlators } from "../config/schema.ts";
import { arbitraryMatch } from "./arbitrary-match.ts";

const text = (max: number): fc.Arbitrary<string> => fc.string({ unit: "grapheme", minLength: 1, maxLength: max });
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const header = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);

const memberKey = fc.stringMatching(/^[a-z0-9][a-z0-9_*/@-]{0,20}$/);

function carrierOf(level: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> {
  const values = fc.array(fc.record({ value: text(20), level }), { minLength: 1, maxLength: 4 });
  const place = fc.oneof(
    fc.record({ header }),
    fc.record({ tracestate: memberKey }),
    fc.record({ baggage: memberKey }),
  );
  return fc.tuple(place, fc.option(values)).map(([at, map]) => (map === null ? at : { ...at, values: map }));
}

/** Each optional field is there or not. */
export const arbitraryConfig = fc.uniqueArray(label, { minLength: 1, maxLength: 8 }).chain((levels) => {
  const level = fc.constantFrom(...levels);
  return fc.record(
    {
      version: fc.constant(1),
      role: fc.constantFrom("inbound", "outbound", "gateway"),
      header,
      levels: fc.constant(levels),
      defaultLevel: level,
      correlateBy: fc.subarray([...correlators], { minLength: 1 }),
      trust: fc.constantFrom("Never", "Mesh", "Always"),
      trustDomain: text(40),
      rules: fc.array(fc.record({ name: text(20), match: arbitraryMatch, level }), { maxLength: 5 }),
      classifyDefault: level,
      slotSets: fc.constantFrom(64, 128, 256),
      mode: fc.constantFrom("Observe", "Enforce"),
      readFrom: fc.array(carrierOf(level), { minLength: 1, maxLength: 4 }),
      writeTo: fc.record({ tracestate: memberKey }),
      ownClusters: fc.array(level, { minLength: 1, maxLength: 8 }),
      storeDefault: fc.boolean(),
    },
    { requiredKeys: ["version", "role", "header", "levels", "defaultLevel", "correlateBy", "trust", "trustDomain"] },
  );
});
