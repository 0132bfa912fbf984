// Writes plain data as JSON in pieces, one for each element of a list at the top or one level below, so that the whole text is never in
// memory.

/** Yields the text of JSON.stringify in pieces. Undefined fields are left out, as there. */
export function* jsonPieces(value: unknown): Generator<string> {
  yield* pieces(value, 2);
  yield "\n";
}

function* pieces(value: unknown, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== "object" || value === null) yield JSON.stringify(value) ?? "null";
  else if (Array.isArray(value)) yield* list(value, depth);
  else yield* fields(value, depth);
}

function* list(items: readonly unknown[], depth: number): Generator<string> {
  let separator = "[";
  for (const item of items) {
    yield separator;
    yield* pieces(item, depth - 1);
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}

function* fields(value: object, depth: number): Generator<string> {
  let separator = "{";
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    yield `${separator}${JSON.stringify(name)}:`;
    yield* pieces(field, depth - 1);
    separator = ",";
  }
  yield separator === "{" ? "{}" : "}";
}
