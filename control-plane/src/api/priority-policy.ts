// In: a PriorityPolicy as an application team writes it. Out: the same with every default filled in, or problems.
import { match } from "@expedite/filter/config/match.ts";
import { levelName } from "@expedite/filter/config/names.ts";
import { z } from "zod";
import { dnsLabel, namespacedMetadata, objectName, uniqueNames } from "./metadata.ts";

const rule = z.strictObject({
  name: dnsLabel.describe("Of the rule."),
  match: match.default({}).describe("All of its matchers must hold; without any, every request does."),
  level: levelName.describe("Of the requests that match: a level of the ladder."),
});

const targetRef = z.strictObject({
  group: z.string().default("").describe("gateway.networking.k8s.io, networking.istio.io, or empty for a Service."),
  kind: z
    .string()
    .describe("Gateway, HTTPRoute or GRPCRoute of the Gateway API, Gateway or VirtualService of Istio, or Service."),
  name: objectName.describe("Of the object."),
});

export const priorityPolicy = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityPolicy"),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      ladder: z.string().default("default").describe("The PriorityLadder whose levels the rules name; there is one."),
      targetRefs: z
        .array(targetRef)
        .min(1)
        .max(16)
        .optional()
        .describe(
          "Where requests are classified, in the policy's namespace. Omitted: every workload of the namespace.",
        ),
      rules: z.array(rule).max(1000).optional().meta(uniqueNames).describe("The first that matches wins."),
      defaultLevel: levelName.optional().describe("Where no rule matches. Default: the ladder's."),
      trust: z
        .enum(["Never", "Mesh", "Always"])
        .optional()
        .describe(
          "Whose level header is believed. Mesh: of peers with a certificate of the mesh. Default: Never at a gateway, Mesh elsewhere. Only a policy for the Gateway itself, in the namespace of its pods, changes a gateway's.",
        ),
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
