// Makes the CustomResourceDefinition of a kind from its zod schema. The OpenAPI schema is structural; what it can't express is in CEL, from
// the `meta` of the zod schemas: `exactlyOne` (names of fields), `cel` (rules for this value), and `x-kubernetes-…`, which is copied.
import { z } from "zod";
import { conditions } from "./conditions.ts";

export type Kind = {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly description: string;
  readonly schema: z.ZodObject;
  /** In the status beside the conditions. */
  readonly status?: Readonly<Record<string, z.ZodType>>;
  /** Rules for the whole object; of its metadata they may read only metadata.name. */
  readonly rules?: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  /** Of an attached policy, as Gateway API's tools know it: it affects the objects that it targets, and nothing below them. */
  readonly isAttached?: true;
};

/** A rule of Kubernetes' x-kubernetes-validations: https://kubernetes.io/docs/reference/using-api/cel/ */
export type CelRule = {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
};

type PrinterColumn = { readonly name: string; readonly type: string; readonly jsonPath: string };

type Json = { readonly [key: string]: unknown };

/** A column with a condition's status, for `kubectl get`. */
export function conditionColumn(type: string): PrinterColumn {
  return { name: type, type: "string", jsonPath: `.status.conditions[?(@.type=="${type}")].status` };
}

/** The keywords of structural schemas that are used here. */
const kept = [
  ...["type", "description", "default", "enum", "required", "pattern"],
  ...["minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum"],
];

function celRules(node: Json): readonly CelRule[] {
  const names = node.exactlyOne as readonly string[] | undefined;
  const one: CelRule[] =
    names === undefined
      ? []
      : [
          {
            rule: `[${names.map((name) => `has(self.${name})`).join(", ")}].exists_one(x, x)`,
            message: `needs exactly one of: ${names.join(", ")}`,
          },
        ];
  return [...one, ...((node.cel as readonly CelRule[] | undefined) ?? [])];
}

function structural(node: Json): Json {
  const entries = Object.entries(node).filter(
    ([key, value]) =>
      kept.includes(key) || key.startsWith("x-kubernetes-") || (key === "format" && value === "date-time"),
  );
  const rules = celRules(node);
  const { properties, items, additionalProperties } = node as Record<string, Json | undefined>;
  return {
    ...Object.fromEntries(entries),
    ...(node.const === undefined ? {} : { enum: [node.const] }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, of]) => [name, structural(of as Json)]),
          ),
        }),
    ...(items === undefined ? {} : { items: structural(items) }),
    ...(typeof additionalProperties === "object" ? { additionalProperties: structural(additionalProperties) } : {}),
    ...(rules.length === 0 ? {} : { "x-kubernetes-validations": rules }),
  };
}

export function customResourceDefinition(of: Kind): Json {
  const whole = z.toJSONSchema(of.schema, { io: "input", unrepresentable: "any" }) as Json;
  const { spec, status } = whole.properties as { readonly spec?: Json; readonly status?: Json };
  const openAPIV3Schema = {
    description: of.description,
    type: "object",
    ...(spec === undefined ? {} : { required: ["spec"] }),
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      ...(spec === undefined ? {} : { spec: structural(spec) }),
      status: structural(status ?? (z.toJSONSchema(z.object({ conditions, ...of.status }), { io: "input" }) as Json)),
    },
    ...(of.rules === undefined ? {} : { "x-kubernetes-validations": of.rules }),
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${of.plural}.expedite.dev`,
      ...(of.isAttached === true ? { labels: { "gateway.networking.k8s.io/policy": "Direct" } } : {}),
    },
    spec: {
      group: "expedite.dev",
      scope: of.scope,
      names: {
        kind: of.kind,
        listKind: `${of.kind}List`,
        plural: of.plural,
        singular: of.kind.toLowerCase(),
        shortNames: [of.shortName],
        categories: ["expedite"],
      },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            ...of.columns,
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}
