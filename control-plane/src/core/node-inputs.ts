// What the cluster says that matters to one node: the input of its agent, as the Snapshot is the controller's. Types only.
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Labels } from "./labels.ts";

export type NodeInputs = {
  readonly labels: Labels;
  /** Absent: nobody wants anything of the node. */
  readonly ladder?: PriorityLadder;
  /** Those of the node. */
  readonly pods: readonly Pod[];
  /** Those of every node that carry a level. */
  readonly levelPods: readonly Pod[];
};
