// Defines the schema of a PriorityNode: what the agent of a node reports about the node's links and pods. It has no spec, and only agents write it.
import { z } from "zod";

/** Keeps an object far below the 1.5 MB that the API server stores; problems come first. */
export const maxEntries = 256;
export const maxProblems = 16;
export const maxMessage = 512;

const count = z.int().min(0);
const name = z.string().max(253);
const reason = z.string().max(64);
const message = z.string().max(maxMessage);

const linkStatus = z.strictObject({
  link: name.describe("The link's name in the ladder."),
  namespace: name
    .optional()
    .describe("The namespace of the pod whose link it is. Absent: it is an uplink of the node."),
  pod: name.optional().describe("The pod whose link it is. Absent: it is an uplink of the node."),
  device: name.optional().describe("The device whose queue is ordered."),
  state: z.enum(["Active", "Inactive"]).describe("Active: the queue is set and was read back."),
  reason: reason.optional().describe("Why the link is inactive, in one word."),
  message: message.optional().describe("Why the link is inactive, and what to change."),
});

const podStatus = z.strictObject({
  namespace: name.describe("The pod's namespace."),
  pod: name.describe("The pod's name."),
  level: name.optional().describe("The level that the pod's label names. Absent: only its answers are to be marked."),
  reason: reason.describe("Why the pod is not marked, in one word."),
  message: message.describe("Why the pod is not marked, and what to change."),
});

const congestionControl = z.strictObject({
  name: name
    .optional()
    .describe(
      "What the connections use: scavenger, or vegas where the kernel refuses it and has that. Absent: what the node's other connections use.",
    ),
  reason: reason.optional().describe("Why the node does not have the scavenger, in one word."),
  message: message.optional().describe("Why the node does not have the scavenger."),
});

const nodeStatus = z.strictObject({
  observedGeneration: count
    .optional()
    .describe("The generation of the PriorityLadder that the node follows. Absent: there was none."),
  observedRelease: name
    .optional()
    .describe(
      "The value of the PriorityLadder's annotation expedite.dev/release-nodes that the node follows: with it, nothing is wanted of any node.",
    ),
  activeLinks: count.describe("The number of links that are active."),
  inactiveLinks: count.describe("The number of links that are inactive."),
  markedPods: count.describe("The number of pods whose packets carry the level of their label."),
  inactivePods: count.describe("The number of pods that are to be marked and are not."),
  connectionsBefore: count
    .optional()
    .describe(
      "About how many open connections were accepted before the agent had answers marked: rounded up to 1, 2 or 5 times a power of ten. A rule marks their answers until they end.",
    ),
  congestionControl: congestionControl
    .optional()
    .describe("That of the levels that ask for the scavenger. Absent: no level does."),
  isRemoved: z
    .boolean()
    .describe("Whether the ladder wants nothing of the node, and nothing of Expedite's is left on it."),
  worst: name.optional().describe("The worst problem: where it is, and its reason. Absent: there is none."),
  links: z.array(linkStatus).max(maxEntries).describe("The links, the worst first. Further ones are only counted."),
  pods: z
    .array(podStatus)
    .max(maxEntries)
    .describe("The pods that are to be marked and are not, the worst first. Further ones are only counted."),
  problems: z
    .array(z.strictObject({ reason, message }))
    .max(maxProblems)
    .describe("What failed that belongs to no link and no pod, such as a removal."),
});

export const priorityNode = z.strictObject({
  apiVersion: z.literal("expedite.dev/v1alpha1"),
  kind: z.literal("PriorityNode"),
  metadata: z.looseObject({ name }),
  status: nodeStatus.optional(),
});

export type NodeStatus = Readonly<z.infer<typeof nodeStatus>>;
