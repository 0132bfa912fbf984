// Makes the status of a PriorityNode from what a reconcile found. Equal findings give equal JSON, so that only a change is written. Pure.
import { maxEntries, maxMessage, maxProblems, type NodeStatus } from "../api/priority-node.ts";
import { type Inactive, isPassing, severity } from "../core/link-state.ts";
import type { NodeInputs } from "../core/node-inputs.ts";
import type { ScavengerState } from "../core/scavenger.ts";
import { connectionsBefore, isActive, type LinkState, type NodeReport, type PodState } from "./node-report.ts";

/** `inputs`: what the reconcile was decided from. */
export function nodeStatus(
  report: NodeReport,
  { generation, release }: Pick<NodeInputs, "generation" | "release">,
): NodeStatus {
  const links = report.links.filter(isLasting).toSorted(worstFirst);
  const pods = report.pods.filter(isLasting).toSorted(worstFirst);
  const active = links.filter(isActive);
  const unmarked = pods.flatMap((pod) => (isActive(pod) ? [] : [pod]));
  const problems = report.problems.toSorted(worstFirst);
  const before = connectionsBefore(report);
  const [worst] = [...problems, ...links, ...pods].filter((entry) => "reason" in entry).toSorted(worstFirst);
  const scavenger = report.scavenger === undefined ? undefined : congestionControl(report.scavenger);
  const named = worst === undefined ? scavenger?.reason && `scavenger: ${scavenger.reason}` : placeAndReason(worst);
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(release === undefined ? {} : { observedRelease: release }),
    activeLinks: active.length,
    inactiveLinks: links.length - active.length,
    markedPods: pods.filter((pod) => isActive(pod) && pod.level !== undefined).length,
    inactivePods: unmarked.length,
    ...(before === 0 ? {} : { connectionsBefore: rounded(before) }),
    ...(scavenger === undefined ? {} : { congestionControl: scavenger }),
    isRemoved: isRemoved(report),
    ...(named === undefined ? {} : { worst: named.slice(0, 253) }),
    links: links.slice(0, maxEntries).map(linkStatus),
    pods: unmarked.slice(0, maxEntries).map(podStatus),
    problems: problems.slice(0, maxProblems).map(why),
  };
}

function congestionControl(state: ScavengerState): NonNullable<NodeStatus["congestionControl"]> {
  const { algorithm } = state;
  const found = algorithm === undefined ? {} : { name: algorithm };
  return "reason" in state ? { ...found, ...why(state) } : found;
}

/** Up to 1, 2 or 5 times a power of ten: connections that end one by one do not cost a write each. */
function rounded(count: number): number {
  const power = 10 ** Math.floor(Math.log10(count));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= count)!;
}

/** A link that failed may have kept its queue, so only links that nobody wants count as removed. */
function isRemoved({ links, pods, problems, scavenger }: NodeReport): boolean {
  const wanted = links.filter((link) => isActive(link) || link.reason !== "NotEnforced");
  return wanted.length + pods.length + problems.length === 0 && scavenger === undefined;
}

/** Otherwise each pod that starts would cost two writes. */
function isLasting(state: LinkState | PodState): boolean {
  return isActive(state) || !isPassing(state.reason);
}

type State = LinkState | PodState | Inactive;

function worstFirst(a: State, b: State): number {
  const rank = (state: State): number => ("reason" in state ? severity(state.reason) : Number.POSITIVE_INFINITY);
  const [left, right] = [rank(a), rank(b)];
  if (left !== right) return left - right;
  const text = (state: State): string => JSON.stringify([placeOf(state), "problem" in state ? state.problem : ""]);
  return text(a) < text(b) ? -1 : 1;
}

function placeOf(state: State): string {
  const link = "link" in state ? `${state.link}: ` : "";
  return "pod" in state && state.pod !== undefined ? `${link}${state.namespace}/${state.pod}: ` : link;
}

function linkStatus(state: LinkState): NodeStatus["links"][number] {
  const { link, namespace, pod } = state;
  const place = { link, ...(namespace === undefined ? {} : { namespace }), ...(pod === undefined ? {} : { pod }) };
  if (!isActive(state)) return { ...place, state: "Inactive", ...why(state) };
  return { ...place, ...(state.device === undefined ? {} : { device: state.device }), state: "Active" };
}

function podStatus({ namespace, pod, level, ...inactive }: Extract<PodState, Inactive>): NodeStatus["pods"][number] {
  return { namespace, pod, ...(level === undefined ? {} : { level }), ...why(inactive) };
}

function placeAndReason(state: State & Inactive): string {
  return `${placeOf(state)}${state.reason}`;
}

function why({ reason, problem }: Pick<Inactive, "problem"> & { readonly reason: string }): {
  readonly reason: string;
  readonly message: string;
} {
  return { reason, message: problem.slice(0, maxMessage) };
}
