// Parses an external value by a schema: returns the value with its defaults, or every problem with field, value and what is allowed.
import { z } from "zod";

export type FieldPath = readonly (string | number)[];
/** `message` says what is wrong and what is allowed; `value` is the value that was found. */
export type Problem = { readonly path: FieldPath; readonly value: unknown; readonly message: string };

export type Parsed<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

export function parse<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  const result = schema.safeParse(value, { error: message });
  if (result.success) return { value: result.data };
  return { problems: causes(result.error.issues.flatMap((issue) => problems(issue, value))) };
}

/** Leaves out what follows from an earlier problem with the same field, or with one inside it. */
function causes(found: readonly Problem[]): Problem[] {
  const isWithin = (path: FieldPath, outer: FieldPath): boolean => outer.every((part, index) => part === path[index]);
  return found.filter((problem, index) => !found.slice(0, index).some(({ path }) => isWithin(path, problem.path)));
}

/** `spec.levels[1].dscp`; a name that is not an identifier is quoted. */
export function formatPath(path: FieldPath): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[A-Za-z_]\w*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

/** `spec.levels[1].dscp: "CS9" is not …`. Lists and maps are shown only by their field. */
export function formatProblem(problem: Problem): string {
  const shown = typeof problem.value === "object" || problem.value === undefined ? "" : JSON.stringify(problem.value);
  const subject = shown === "" ? "" : `${shown} `;
  return `${formatPath(problem.path)}: ${subject}${problem.message}`;
}

/** The value at a path in plain data. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], root);
}

function problems(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key], value: undefined, message: issue.message }));
  return [{ path, value: valueAt(root, path), message: issue.message }];
}

function message(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? `is required: ${article(issue.expected)}`
        : `must be ${article(issue.expected)}${allowedFields(issue.inst)}${unquoted(issue)}`;
    case "invalid_value":
      return issue.input === undefined
        ? `is required; allowed: ${issue.values.join(", ")}`
        : `is not allowed here; allowed: ${issue.values.join(", ")}`;
    case "unrecognized_keys":
      return `is not a field; allowed: ${fieldNames(issue.inst).join(", ")}`;
    case "too_small":
      return `${tooLittle[issue.origin] ?? "is too small"}; allowed: at least ${issue.minimum}`;
    case "too_big":
      return `${tooMuch[issue.origin] ?? "is too big"}; allowed: at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** A string that YAML read as something else: what kubectl would send is not a string either. */
function unquoted({ expected, input }: { readonly expected: string; readonly input?: unknown }): string {
  if (expected !== "string" || input === null || typeof input === "object") return "";
  return typeof input === "boolean"
    ? ": YAML reads on, off, yes, no, y and n as booleans; put the value in quotes"
    : "; put the value in quotes";
}

function fieldNames(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function allowedFields(schema: unknown): string {
  const names = fieldNames(schema);
  return names.length === 0 ? "" : `; allowed: ${names.join(", ")}`;
}

const tooLittle: Readonly<Record<string, string>> = { array: "has too few entries", string: "has too few characters" };
const tooMuch: Readonly<Record<string, string>> = { array: "has too many entries", string: "has too many characters" };

function article(type: string): string {
  const names: Record<string, string> = {
    array: "a list",
    object: "a map of fields",
    record: "a map",
    int: "an integer",
  };
  return names[type] ?? (type === "undefined" ? "left out" : `a ${type}`);
}
