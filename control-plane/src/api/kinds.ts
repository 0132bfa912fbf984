// Defines the kinds of expedite.dev, as their CustomResourceDefinitions describe them.
import { z } from "zod";
import { conditionColumn, type Kind } from "./crd.ts";
import { priorityLadder } from "./priority-ladder.ts";
import { priorityNode } from "./priority-node.ts";
import { priorityPolicy } from "./priority-policy.ts";
import { requestQueue } from "./request-queue.ts";

export const kinds: readonly Kind[] = [
  {
    kind: "PriorityPolicy",
    plural: "prioritypolicies",
    shortName: "prio",
    scope: "Namespaced",
    description: "Gives requests their levels: an application team's rules for its own hosts and workloads.",
    schema: priorityPolicy,
    columns: [conditionColumn("Accepted"), conditionColumn("Programmed")],
    isAttached: true,
  },
  {
    kind: "RequestQueue",
    plural: "requestqueues",
    shortName: "rq",
    scope: "Namespaced",
    description:
      "Lets requests wait in the sidecars of a Service while its pods are busy, the highest level first: an application team's queue for its own Service.",
    schema: requestQueue,
    columns: [
      { name: "Limit", type: "integer", jsonPath: ".spec.concurrencyLimit.fixed" },
      { name: "Up To", type: "integer", jsonPath: ".spec.concurrencyLimit.adaptive.max" },
      conditionColumn("Accepted"),
      conditionColumn("Programmed"),
    ],
    isAttached: true,
  },
  {
    kind: "PriorityLadder",
    plural: "priorityladders",
    shortName: "ladder",
    scope: "Cluster",
    description:
      "Defines the levels of the mesh, highest first, and the links whose queues are ordered by them. There is one, named default.",
    schema: priorityLadder,
    status: {
      controller: z
        .string()
        .max(127)
        .optional()
        .describe(
          "The Lease of the installation that serves this cluster, as namespace/name. Another one changes nothing.",
        ),
    },
    rules: [{ rule: "self.metadata.name == 'default'", message: "there is only one PriorityLadder; name it default" }],
    columns: [
      { name: "Mode", type: "string", jsonPath: ".spec.mode" },
      conditionColumn("Accepted"),
      conditionColumn("Enforced"),
    ],
  },
  {
    kind: "PriorityNode",
    plural: "prioritynodes",
    shortName: "prionode",
    scope: "Cluster",
    description:
      "Reports which links a node's agent orders by level, and which of its pods it marks. Each agent writes the one that has the name of its node.",
    schema: priorityNode,
    columns: [
      { name: "Active", type: "integer", jsonPath: ".status.activeLinks" },
      { name: "Inactive", type: "integer", jsonPath: ".status.inactiveLinks" },
      { name: "Pods", type: "integer", jsonPath: ".status.markedPods" },
      { name: "Worst", type: "string", jsonPath: ".status.worst" },
    ],
  },
];
