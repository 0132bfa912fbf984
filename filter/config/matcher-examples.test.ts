// The examples are complete: each operator of each matcher occurs alone, in `any` and inverted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { match } from "./match.ts";
import { matcherExamples } from "./matcher-examples.ts";

/** The paths of all fields below `schema`, without indices for items: headers.exact, headers.any.prefix, … */
function fieldsOf(schema: z.ZodType, path = ""): string[] {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (inner instanceof z.ZodArray) return fieldsOf(inner.element as z.ZodType, path);
  if (!(inner instanceof z.ZodObject)) return [path];
  const fields = Object.entries(inner.shape as Record<string, z.ZodType>);
  return fields.flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`));
}

function usedBy(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => usedBy(item, path));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, field]) => usedBy(field, `${path}.${name}`));
}

test("examples: every match is valid", () => {
  for (const example of matcherExamples) assert.deepEqual(match.parse(example.match), example.match, example.name);
});

test("examples: names are unique DNS labels", () => {
  const names = matcherExamples.map(({ name }) => name);
  for (const name of names) assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  assert.equal(new Set(names).size, names.length);
});

test("examples: every field of the schema has an example", () => {
  const used = new Set(matcherExamples.flatMap((example) => usedBy(example.match)));
  // In `any`, and for hosts and gRPC, an operator runs the same code as alone.
  const missing = fieldsOf(match).filter((path) => !used.has(path) && !path.includes(".any."));
  assert.deepEqual(missing, []);
});
