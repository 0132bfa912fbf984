// The conditions of our kinds' status, in the form of Kubernetes' metav1.Condition.
import { z } from "zod";

const condition = z.object({
  type: z.string().max(316).describe("Accepted, ResolvedRefs, Programmed, Enforced."),
  status: z.enum(["True", "False", "Unknown"]),
  observedGeneration: z.int().min(0).optional().describe("The generation of the object that this is about."),
  lastTransitionTime: z.string().meta({ format: "date-time" }).describe("When the status last changed."),
  reason: z.string().min(1).max(1024).describe("One word of the table of reasons."),
  message: z.string().max(32_768).describe("What is so, and what to change."),
});

export const conditions = z
  .array(condition)
  .max(8)
  .optional()
  .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] });
