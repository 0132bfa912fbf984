// Finds where two values of JSON differ.
export type Difference = {
  /** The check that failed, and its rule. */
  readonly check: string;
  /** The proxy, resource and field. */
  readonly path: string;
  readonly without?: unknown;
  readonly with?: unknown;
};

export type Found = { readonly path: string; readonly a: unknown; readonly b: unknown };

/** The innermost places that differ; for lists of different lengths, the whole list. */
export function differences(a: unknown, b: unknown, path = ""): readonly Found[] {
  if (Object.is(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((one, index) => differences(one, b[index], `${path}[${index}]`));
  if (!isObject(a) || !isObject(b)) return [{ path, a, b }];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
