// In: a PriorityPolicy as an application team writes it. Out: the same with every default filled in, or problems.
import { levelName } from "@expedite/filter/config/schema.ts";
import { z } from "zod";
import { dnsLabel, namespacedMetadata, objectName } from "./metadata.ts";

const oneOf = (fields: readonly string[]) => ({
  check: (value: object): boolean => Object.values(value).filter((entry) => entry !== undefined).length === 1,
  message: `needs exactly one of: ${fields.join(", ")}`,
});

const pathFields = oneOf(["exact", "prefix"]);
const headerFields = oneOf(["exact", "prefix", "present"]);

const headerMatch = z
  .strictObject({
    name: z
      .string()
      .max(64)
      .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "must be a lower-case HTTP header name"),
    exact: z.string().min(1).optional(),
    prefix: z.string().min(1).optional(),
    present: z.boolean().optional(),
  })
  .refine(({ name: _, ...how }) => headerFields.check(how), headerFields.message);

/** Every field that is there must match. An empty match matches every request. */
const match = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]+$/, "must be an upper-case HTTP method")
    .optional(),
  /** Compared without port, lower case. */
  host: z
    .string()
    .max(253)
    .regex(/^[a-z0-9.-]+$|^[0-9a-f:.[\]]+$/, "must be a lower-case host name without port")
    .optional(),
  /** Compared without the query. */
  path: z
    .strictObject({
      exact: z.string().startsWith("/", "must begin with /").optional(),
      prefix: z.string().startsWith("/", "must begin with /").optional(),
    })
    .refine(pathFields.check, pathFields.message)
    .optional(),
  headers: z.array(headerMatch).min(1).max(16).optional(),
});

const rule = z.strictObject({ name: dnsLabel, match: match.default({}), level: levelName });

const targetRef = z.strictObject({ group: z.string().default(""), kind: z.string(), name: objectName });

export const priorityPolicy = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityPolicy"),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      /** The PriorityLadder whose levels the rules name. There is one. */
      ladder: z.string().default("default"),
      /** In the policy's own namespace. Omitted: every workload of the namespace. */
      targetRefs: z.array(targetRef).min(1).max(16).optional(),
      /** The first that matches wins. */
      rules: z.array(rule).max(1000).optional(),
      /** Where no rule matches. Default: the ladder's. */
      defaultLevel: levelName.optional(),
      /** Whose level header is believed. Default: Never at a gateway, Mesh elsewhere. */
      trust: z.enum(["Never", "Mesh", "Always"]).optional(),
    })
    .superRefine((spec, context) => {
      const names = (spec.rules ?? []).map((entry) => entry.name);
      names.forEach((name, index) => {
        if (names.indexOf(name) < index)
          context.addIssue({
            code: "custom",
            path: ["rules", index, "name"],
            message: "is there twice; allowed: each name once",
          });
      });
    }),
});

export type PriorityPolicy = z.infer<typeof priorityPolicy>;
export type PolicyRule = z.infer<typeof rule>;
export type TargetRef = z.infer<typeof targetRef>;
