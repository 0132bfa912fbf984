// Says in the ladder's condition Enforced what the agents of the nodes report: counts of nodes and links, and the worst problem by name. Pure.
import type { Finding } from "../api/conditions.ts";
import { severity } from "../core/link-state.ts";
import type { NodeSummary, PolicyObject } from "../reconcile/ports.ts";

type Limit = Pick<Finding, "reason" | "message">;

/** Names of nodes in a message. */
const shown = 3;

/** `limits`: what is known of the ladder's links without the nodes. */
export function enforced(
  { generation }: Pick<PolicyObject, "generation">,
  limits: readonly Limit[],
  { mode, nodes }: { readonly mode: string | undefined; readonly nodes: readonly NodeSummary[] },
): Finding {
  if (mode !== "Enforce" && mode !== undefined) return notEnforced(mode, generation, nodes);
  const told = limits.map(({ message }) => message);
  const noLink = limits.find(({ reason }) => reason === "NoActiveLink");
  if (nodes.length === 0)
    return {
      status: "False",
      reason: noLink?.reason ?? "NoAgent",
      message: ["No agent reports, so no queue is ordered; apply manifests/agent.yaml", ...told].join("; "),
    };
  const late = nodes.filter(({ report }) => report?.observedGeneration !== generation).map(({ name }) => name);
  const active = sum(nodes, "activeLinks");
  const links = active + sum(nodes, "inactiveLinks");
  const problems = problemsOf(nodes, told.length > 0);
  const [worst] = problems;
  const scavengers = withoutScavenger(nodes);
  const message = [
    `${counted(nodes.length, "node")} ${nodes.length === 1 ? "reports" : "report"} ${active} of ${counted(links, "link")} active`,
    ...(late.length === 0
      ? []
      : [
          `${late.length} of ${counted(nodes.length, "node")} did not follow the latest change of the ladder yet: ${listed(late)}`,
        ]),
    ...(worst === undefined ? [] : [worst.text]),
    ...(problems.length < 2
      ? []
      : [`${counted(problems.length - 1, "other node")} with a problem: kubectl get prioritynodes`]),
    ...scavengers.told,
    ...told,
  ].join("; ");
  if (late.length > 0) return { status: "False", reason: "Pending", message };
  if (active === 0) return { status: "False", reason: worst?.reason ?? "NoActiveLink", message };
  const isAll = limits.length === 0 && worst === undefined;
  const reason = scavengers.isAll ? "Enforced" : "NoScavenger";
  return { status: "True", reason: isAll ? reason : "LinkInactive", message };
}

/** Which nodes lack the scavenger although a level asks for it, and what the first of them has instead. */
function withoutScavenger(nodes: readonly NodeSummary[]): {
  readonly isAll: boolean;
  readonly told: readonly string[];
} {
  const lacking = nodes
    .flatMap(({ name, report }) => {
      const { name: algorithm, reason, message } = report?.congestionControl ?? {};
      if (reason === undefined) return [];
      return [`${name}: ${reason}, ${algorithm ?? "nothing"} in its place: ${message}`];
    })
    .sort();
  const [first] = lacking;
  if (first === undefined) return { isAll: true, told: [] };
  return {
    isAll: false,
    told: [`${lacking.length} of ${counted(nodes.length, "node")} without the scavenger: ${first}`],
  };
}

function notEnforced(mode: string, generation: number, nodes: readonly NodeSummary[]): Finding {
  const left = nodes
    .filter(({ report }) => report?.observedGeneration !== generation || !report.isRemoved)
    .map(({ name }) => name);
  const message = [
    `The ladder's mode is ${mode}: no queue is ordered, and no packet is marked`,
    ...(left.length === 0
      ? []
      : [`${left.length} of ${nodes.length} nodes have not confirmed it yet: ${listed(left)}`]),
  ].join("; ");
  return { status: "False", reason: left.length === 0 ? mode : "Pending", message };
}

/** Of each node its worst, the worst first. `isTold`: what the ladder itself lacks is in the message already. */
function problemsOf(nodes: readonly NodeSummary[], isTold: boolean): readonly { reason: string; text: string }[] {
  return nodes
    .flatMap(({ name, report }) => {
      const worst = report?.worst;
      if (worst === undefined || (isTold && ofLadder.includes(worst.reason))) return [];
      return [{ reason: worst.reason, text: `${name}: ${worst.text}` }];
    })
    .sort((a, b) => severity(a.reason) - severity(b.reason) || (a.text < b.text ? -1 : 1));
}

const ofLadder: readonly string[] = ["RateUnknown", "NotEnforced"];

const sum = (nodes: readonly NodeSummary[], field: "activeLinks" | "inactiveLinks"): number =>
  nodes.reduce((total, { report }) => total + (report?.[field] ?? 0), 0);

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function listed(names: readonly string[]): string {
  const first = names.toSorted().slice(0, shown).join(", ");
  return names.length <= shown ? first : `${first} and ${names.length - shown} more`;
}
