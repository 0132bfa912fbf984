// Defines the schema of a PriorityPolicy, as an application team writes it: its fields, their defaults, and what is refused.
import { match } from "@expedite/filter/config/match.ts";
import { levelName } from "@expedite/filter/config/names.ts";
import { z } from "zod";
import { dnsLabel, namespacedMetadata, objectName, uniqueNames } from "./metadata.ts";
import { checkOnce, refuseIn } from "./refuse.ts";

const rule = z.strictObject({
  name: dnsLabel.describe("The rule's name."),
  match: match.default({}).describe("The matchers, all of which must match. Without any, every request matches."),
  level: levelName.describe("The level of the requests that match, one of the ladder's."),
});

const targetRef = z.strictObject({
  group: z
    .string()
    .default("")
    .describe("The group of the object: gateway.networking.k8s.io, networking.istio.io, or empty for a Service."),
  kind: z
    .string()
    .describe(
      "The kind of the object: Gateway, HTTPRoute or GRPCRoute of the Gateway API, Gateway or VirtualService of Istio, or Service.",
    ),
  name: objectName.describe("The name of the object, in the policy's namespace."),
});

export const priorityPolicy = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityPolicy"),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      ladder: z
        .string()
        .default("default")
        .describe("The PriorityLadder that has the levels. There is only one, named default."),
      targetRefs: z
        .array(targetRef)
        .min(1)
        .max(16)
        .optional()
        .describe("Where requests are classified. Default: at every workload of the policy's namespace."),
      rules: z
        .array(rule)
        .max(1000)
        .optional()
        .meta(uniqueNames)
        .describe("The rules, in the order in which they are tried: the first that matches decides."),
      defaultLevel: levelName
        .optional()
        .describe("The level of requests that no rule matches. Default: the ladder's default level."),
      trust: z
        .enum(["Never", "Mesh", "Always"])
        .optional()
        .describe(
          "Whose level header is trusted. Never: nobody's. Mesh: that of peers with a certificate of the mesh. Always: everybody's. Default: Never at a gateway, Mesh elsewhere. For a gateway, only a policy that targets the Gateway itself, in the namespace of its pods, changes it.",
        ),
    })
    .superRefine(({ rules = [] }, context) => {
      checkOnce(
        rules.map(({ name }) => name),
        (index) => ["rules", index, "name"],
        refuseIn(context),
      );
    }),
});

export type PriorityPolicy = z.infer<typeof priorityPolicy>;
export type PolicyRule = z.infer<typeof rule>;
