// Shows what the agent would change on a whole node, by the agent's own code without its writes.
import { desiredNode } from "../../agent/desired-node.ts";
import { planning } from "../../agent/namespace.ts";
import { type Active, isActive, type LinkState, type NodeReport, type PodState } from "../../agent/node-report.ts";
import { nodeReconciler } from "../../agent/reconcile-node.ts";
import type { PriorityLadder } from "../../api/priority-ladder.ts";
import type { Inactive } from "../../core/link-state.ts";
import type { NodeInputs } from "../../core/node-inputs.ts";
import type { ScavengerState } from "../../core/scavenger.ts";
import { scavengerObject } from "../../node/scavenger-object.ts";
import { UserError } from "../user-error.ts";
import { checkNamespaces } from "./check-namespaces.ts";
import { inputsOfCluster, inputsOfFiles } from "./node-inputs.ts";

export type ObserveOptions = {
  readonly node: string;
  readonly file?: readonly string[];
  readonly kubeconfig?: string;
  readonly namespaces: string;
  readonly enforce?: boolean;
  /** The scavenger's BPF object. */
  readonly scavenger?: string;
};

export type NodePlan = {
  readonly node: string;
  /** Of the ladder. Absent: there is none, or Expedite is being uninstalled. */
  readonly mode?: PriorityLadder["spec"]["mode"];
  readonly links: readonly PlannedLink[];
  readonly pods: readonly PlannedPod[];
  /** Of the levels that ask for it. Absent: none does. */
  readonly scavenger?: PlannedScavenger;
  /** What nobody wants any more. */
  readonly remove: readonly string[];
  readonly problems: readonly Inactive[];
};

type Planned = Inactive | { readonly change: readonly string[]; readonly connectionsBefore?: number };
/** `instead`: the congestion control that connections get in its place. */
type PlannedScavenger =
  | { readonly change: readonly string[] }
  | { readonly reason: string; readonly problem: string; readonly instead?: string };
type PlannedLink = Pick<LinkState, "link" | "pod" | "namespace"> & { readonly device?: string } & Planned;
type PlannedPod = Pick<PodState, "pod" | "namespace" | "level"> & Planned;

/** @throws UserError */
export async function nodeObserve(options: ObserveOptions): Promise<NodePlan> {
  const { node, file, kubeconfig, namespaces, enforce = false, scavenger = scavengerObject } = options;
  if (file !== undefined && kubeconfig !== undefined)
    throw new UserError(["--file and --kubeconfig: allowed is one of them, as both say where to read the ladder"]);
  checkNamespaces(namespaces);
  const read = file === undefined ? await inputsOfCluster(kubeconfig, node) : inputsOfFiles(file, node);
  const inputs = enforce ? enforced(read) : read;
  const reconcile = nodeReconciler({ folder: namespaces, interval: 60_000, actions: planning, scavenger });
  const mode = inputs.ladder?.spec.mode;
  return { node, ...(mode === undefined ? {} : { mode }), ...planOf(await reconcile(desiredNode(inputs))) };
}

function enforced(inputs: NodeInputs): NodeInputs {
  const { ladder } = inputs;
  if (ladder === undefined) throw new UserError(["--enforce: there is no ladder to enforce, or it is being removed"]);
  return { ...inputs, ladder: { ...ladder, spec: { ...ladder.spec, mode: "Enforce" } } };
}

function planOf({ links, pods, removed, problems, scavenger }: NodeReport): Omit<NodePlan, "node" | "mode"> {
  return {
    links: links.map(({ link, pod, namespace, ...state }) => ({ link, ...placeOf(pod, namespace), ...planned(state) })),
    pods: pods.map(({ pod, namespace, level, ...state }) => ({
      ...{ pod, namespace },
      ...(level === undefined ? {} : { level }),
      ...planned(state),
    })),
    ...(scavenger === undefined ? {} : { scavenger: plannedScavenger(scavenger) }),
    remove: removed,
    problems,
  };
}

function plannedScavenger(state: ScavengerState): PlannedScavenger {
  if ("changed" in state) return { change: state.changed };
  const { algorithm, reason, problem } = state;
  return { reason, problem, ...(algorithm === undefined ? {} : { instead: algorithm }) };
}

const placeOf = (pod: string | undefined, namespace: string | undefined) =>
  pod === undefined || namespace === undefined ? {} : { pod, namespace };

function planned(state: Active | Inactive): Planned & { readonly device?: string } {
  if (!isActive(state)) return state;
  const { device, changed, connectionsBefore } = state;
  return {
    ...(device === undefined ? {} : { device }),
    change: changed,
    ...(connectionsBefore ? { connectionsBefore } : {}),
  };
}

export function describePlan({ node, mode, links, pods, scavenger, remove, problems }: NodePlan): string {
  const all = [...links, ...pods];
  const changes = all.filter((state) => "change" in state && state.change.length > 0).length;
  const counts = `${changes} of ${all.length} links and pods would change, ${remove.length} things would be removed`;
  return [
    `${node}, ${mode === undefined ? "without a ladder" : `mode ${mode}`}: ${counts}`,
    ...links.map(
      (link) => `link ${link.link}${place(link)}${link.device === undefined ? "" : ` (${link.device})`}: ${what(link)}`,
    ),
    ...pods.map((pod) => `pod ${pod.namespace}/${pod.pod} (${pod.level ?? "only its answers"}): ${what(pod)}`),
    ...(scavenger === undefined ? [] : [`scavenger: ${whatOfScavenger(scavenger)}`]),
    ...remove.map((text) => `remove: ${text}`),
    ...problems.map(({ reason, problem }) => `problem: ${reason}: ${problem}`),
  ].join("\n");
}

const place = ({ pod, namespace }: PlannedLink): string => (pod === undefined ? "" : ` of ${namespace}/${pod}`);

function whatOfScavenger(state: PlannedScavenger): string {
  if ("change" in state) return state.change.length === 0 ? "in order" : `load: ${state.change.join(", ")}`;
  const { reason, problem, instead = "what the node's others have" } = state;
  return `inactive: ${reason}: ${problem}; its connections would use ${instead}`;
}

function what(state: Planned): string {
  if (!("change" in state)) return `inactive: ${state.reason}: ${state.problem}`;
  if (state.change.length === 0) return "in order";
  const before = state.connectionsBefore ?? 0;
  const left = before === 0 ? "" : `; ${before} open connections were accepted before; a rule would mark their answers`;
  return `change: ${state.change.join(", ")}${left}`;
}
