// The schema of a PriorityNode: the report of a node's agent on its links and pods. It has no spec, and only the agent writes it.
import { z } from "zod";
import { conditions } from "./conditions.ts";

/** Entries of each list. With names and messages as long as they may be, an object stays below half of the API server's 1.5 MB. */
export const maxEntries = 256;
/** Characters. */
export const maxReportedMessage = 300;

const state = {
  state: z.enum(["Active", "Inactive"]).describe("Whether the kernel has what the ladder wants."),
  reason: z.string().max(64).optional().describe("Why it is inactive, in one word of the table of reasons."),
  message: z.string().max(maxReportedMessage).optional().describe("Why it is inactive, in words."),
  connectionsBefore: z
    .int()
    .min(0)
    .optional()
    .describe("Connections that were accepted before answers were marked. Their answers stay unmarked until they end."),
};

const link = z.object({
  link: z.string().max(63).describe("The name of the link in the PriorityLadder."),
  namespace: z.string().max(63).optional().describe("The namespace of the pod."),
  pod: z.string().max(253).optional().describe("The pod whose link it is. Absent for an uplink of the node."),
  device: z.string().max(15).optional().describe("The device whose queue is ordered."),
  ...state,
});

const pod = z.object({
  namespace: z.string().max(63).describe("The namespace of the pod."),
  pod: z.string().max(253).describe("The name of the pod."),
  level: z.string().max(63).optional().describe("The level in the pod's label. Absent if only its answers are marked."),
  ...state,
});

const scavenger = z.object({
  algorithm: z
    .string()
    .max(15)
    .optional()
    .describe(
      "The congestion control of levels that ask for scavenger, as the kernel names it. Absent if there is none.",
    ),
  reason: z.string().max(64).optional().describe("Why Expedite's own is not loaded, in one word."),
  message: z.string().max(maxReportedMessage).optional().describe("Why Expedite's own is not loaded, in words."),
});

const count = z.int().min(0);

const status = z.object({
  ladderGeneration: count
    .optional()
    .describe("The generation of the PriorityLadder that the agent follows. Absent if there is no PriorityLadder."),
  removal: z
    .string()
    .max(64)
    .optional()
    .describe("The removal that the agent follows: the value of the PriorityLadder's annotation expedite.dev/removal."),
  activeLinks: count.describe("Links whose queue is ordered by level."),
  inactiveLinks: count.describe("Links whose queue should be ordered and is not."),
  markedPods: count.describe("Pods whose packets are marked with the level of their label."),
  links: z.array(link).max(maxEntries).describe("The links of the node and of its pods, inactive ones first."),
  linksOmitted: count.optional().describe("Links that are counted but not listed."),
  pods: z
    .array(pod)
    .max(maxEntries)
    .describe("Pods that cannot be marked, and pods with connections that are not marked."),
  podsOmitted: count.optional().describe("Such pods that are counted but not listed."),
  scavenger: scavenger
    .optional()
    .describe("How levels with congestionControl: scavenger fare. Absent if no level has it."),
  conditions,
});

export const priorityNode = z.object({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityNode"),
  metadata: z.looseObject({ name: z.string() }),
  status: status.optional(),
});

export type PriorityNode = z.infer<typeof priorityNode>;
export type PriorityNodeStatus = z.infer<typeof status>;
