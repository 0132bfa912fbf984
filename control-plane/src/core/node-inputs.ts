// Defines what in the cluster matters to one node: the input of its agent, as the Snapshot is the controller's. Types only.
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Labels } from "./labels.ts";

export type NodeInputs = {
  readonly labels: Labels;
  /** Absent: nothing is wanted of the node. */
  readonly ladder?: PriorityLadder;
  /** That of the ladder; absent if the cluster has none. */
  readonly generation?: number;
  /** The value of the ladder's annotation expedite.dev/release-nodes, with which nothing is wanted of any node. */
  readonly release?: string;
  /** Pods of the node. */
  readonly pods: readonly Pod[];
  /** Pods of all nodes with a level. */
  readonly levelPods: readonly Pod[];
};
