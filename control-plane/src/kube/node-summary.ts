// Keeps of a PriorityNode what the conditions of the ladder say: there may be thousands.
import { parse } from "../api/parse.ts";
import { type NodeStatus, priorityNode } from "../api/priority-node.ts";
import { severity } from "../core/link-state.ts";
import type { NodeSummary } from "../reconcile/ports.ts";
import { apiVersionOf, resources } from "./resources.ts";
import type { RawObject } from "./watched-kinds.ts";

export function nodeSummary({ metadata: { name }, status }: RawObject): NodeSummary {
  const { kind } = resources.priorityNodes;
  const parsed = parse(priorityNode, {
    apiVersion: apiVersionOf(resources.priorityNodes),
    kind,
    metadata: { name },
    status,
  });
  const read = "value" in parsed ? parsed.value.status : undefined;
  if (read === undefined) return { name };
  const { observedGeneration, activeLinks, inactiveLinks, inactivePods, isRemoved, congestionControl } = read;
  const [worst] = problemsOf(read).toSorted((a, b) => severity(a.reason) - severity(b.reason));
  return {
    name,
    report: {
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      ...{ activeLinks, inactiveLinks, inactivePods, isRemoved },
      ...(worst === undefined ? {} : { worst }),
      ...(congestionControl === undefined ? {} : { congestionControl }),
    },
  };
}

type Problem = { readonly reason: string; readonly text: string };

/** The first of each list, which is its worst. */
function problemsOf({ problems, links, pods }: NodeStatus): readonly Problem[] {
  return [...problems.slice(0, 1), ...links.slice(0, 1), ...pods.slice(0, 1)].flatMap((entry) => {
    const { reason, message = "" } = entry;
    if (reason === undefined) return [];
    const link = "link" in entry ? [entry.link] : [];
    const pod = "pod" in entry && entry.pod !== undefined ? [`${entry.namespace}/${entry.pod}`] : [];
    return [{ reason, text: [...link, ...pod, reason, message].join(": ") }];
  });
}
