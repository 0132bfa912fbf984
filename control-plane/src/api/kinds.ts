// Our kinds, as Kubernetes is told of them.
import { conditionColumn, type Kind } from "./crd.ts";
import { priorityLadder } from "./priority-ladder.ts";
import { priorityPolicy } from "./priority-policy.ts";

export const kinds: readonly Kind[] = [
  {
    kind: "PriorityPolicy",
    plural: "prioritypolicies",
    shortName: "prio",
    scope: "Namespaced",
    description: "Which request gets which level: an application team's rules for its own hosts and workloads.",
    schema: priorityPolicy,
    columns: [conditionColumn("Accepted"), conditionColumn("Programmed")],
  },
  {
    kind: "PriorityLadder",
    plural: "priorityladders",
    shortName: "ladder",
    scope: "Cluster",
    description:
      "The levels of the mesh, highest first, and the links whose queues are ordered by them: one, named default.",
    schema: priorityLadder,
    rules: [
      { rule: "self.metadata.name == 'default'", message: "there is one PriorityLadder, and its name is default" },
    ],
    columns: [
      { name: "Mode", type: "string", jsonPath: ".spec.mode" },
      conditionColumn("Accepted"),
      conditionColumn("Enforced"),
    ],
  },
];
