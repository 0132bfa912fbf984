// Defines the conditions in the status of Expedite's kinds, in the form of Kubernetes' metav1.Condition.
import { z } from "zod";

const condition = z.object({
  type: z.string().max(316).describe("Accepted, ResolvedRefs, Programmed, Enforced or LoopsOverlap."),
  status: z.enum(["True", "False", "Unknown"]),
  observedGeneration: z.int().min(0).optional().describe("The generation of the object that the condition describes."),
  lastTransitionTime: z.string().meta({ format: "date-time" }).describe("When the status changed last."),
  reason: z.string().min(1).max(1024).describe("Why, in one word of the table of reasons."),
  message: z.string().max(32_768).describe("Why, in words, and what to change."),
});

export type Condition = Readonly<z.infer<typeof condition>>;

/** What a condition says, before it has a type and a time. */
export type Finding = Pick<Condition, "status" | "reason" | "message">;

export const conditions = z
  .array(condition)
  .max(8)
  .optional()
  .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] });
