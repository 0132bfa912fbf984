// Writes the chart's values as its files show them: values.yaml with a comment on each, the JSON schema, and the README's table.
import { Document, isMap, type Scalar, YAMLMap } from "yaml";
import { z } from "zod";
import { values } from "./values.ts";

type Schema = {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly enum?: readonly string[];
  readonly [field: string]: unknown;
};

const schema = z.toJSONSchema(values, { io: "input", target: "draft-7" }) as Schema;
const presets = values.parse({});

/** Helm shows the title in its messages. */
export const schemaText = (): string =>
  `${JSON.stringify({ title: "Values of Expedite's chart", ...schema }, null, 2)}\n`;

/** A schema with fixed fields, of which each has a default of its own. Parts of a pod have fixed fields without defaults. */
const fieldsOf = ({ properties = {}, additionalProperties }: Schema): Readonly<Record<string, Schema>> | undefined =>
  additionalProperties === false && Object.values(properties).every((field) => "default" in field)
    ? properties
    : undefined;

/** The description, and what is allowed if that is a few words. */
const meaningOf = ({ description, enum: allowed }: Schema): string =>
  allowed === undefined ? `${description}` : `${description} Allowed: ${allowed.join(", ")}.`;

function comment(map: YAMLMap, schema: Schema): void {
  const fields = fieldsOf(schema) ?? {};
  for (const { key, value } of map.items) {
    const field = fields[(key as Scalar<string>).value]!;
    (key as Scalar).commentBefore = ` ${meaningOf(field)}`;
    if (isMap(value) && fieldsOf(field) !== undefined) comment(value as YAMLMap, field);
    else if (isMap(value) || value instanceof YAMLMap) (value as YAMLMap).flow = (value as YAMLMap).items.length === 0;
  }
}

export function valuesText(): string {
  const document = new Document(presets);
  document.commentBefore = " The values and their defaults, made from release/chart/values.ts.";
  comment(document.contents as unknown as YAMLMap, schema);
  return document.toString({ lineWidth: 0 });
}

function rows({
  path,
  schema,
  preset,
}: {
  readonly path: string;
  readonly schema: Schema;
  readonly preset: unknown;
}): string[] {
  const fields = fieldsOf(schema);
  if (fields === undefined) return [`| \`${path}\` | \`${JSON.stringify(preset)}\` | ${meaningOf(schema)} |`];
  return Object.entries(fields).flatMap(([name, field]) =>
    rows({
      path: path === "" ? name : `${path}.${name}`,
      schema: field,
      preset: (preset as Readonly<Record<string, unknown>>)[name],
    }),
  );
}

export const valuesTable = (): string =>
  ["| value | default | meaning |", "|---|---|---|", ...rows({ path: "", schema, preset: presets })].join("\n");
