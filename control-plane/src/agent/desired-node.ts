// Decides what one node should do for its links and pods, from the ladder and the pods, and what of it is not possible. Pure.
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import { isSelected, type Labels, levelLabel } from "../core/labels.ts";
import type { NodeInputs } from "../core/node-inputs.ts";
import type { Level, Link } from "../core/plan.ts";
import type { NodeProgram } from "../render/node/node-program.ts";
import { renderNode } from "../render/node/render.ts";
import { levels } from "../translate/levels.ts";
import { type InactiveLink, links } from "../translate/links.ts";
import { addressesOf, dedicatedLevel, isOptedOut } from "../translate/pods.ts";
import type { LinkState, PodState } from "./node-report.ts";

export type DesiredLink = { readonly link: string; readonly program: NodeProgram };

export type DesiredPod = {
  readonly pod: string;
  readonly namespace: string;
  readonly addresses: readonly string[];
  readonly mark?: { readonly level: string; readonly dscp: number };
  /** Which of its connections yield; absent: none. */
  readonly yields?: { readonly dscps: readonly number[]; readonly isWhole: boolean };
  readonly links: readonly DesiredLink[];
  /** Of the ladder's levels, without 0. */
  readonly dscps: readonly number[];
};

export type DesiredNode = {
  readonly uplinks: readonly DesiredLink[];
  readonly pods: readonly DesiredPod[];
  readonly inactiveLinks: readonly LinkState[];
  readonly inactivePods: readonly PodState[];
  /** Whether a level asks for the scavenger. */
  readonly wantsScavenger: boolean;
};

export function desiredNode({ labels, ladder, pods, levelPods }: NodeInputs): DesiredNode {
  const inactive = { inactiveLinks: [], inactivePods: [] };
  if (ladder === undefined) return { uplinks: [], pods: [], ...inactive, wantsScavenger: false };
  const running = pods.filter((pod) => !isFinished(pod));
  const here = new Map(running.map((pod) => [keyOf(pod.metadata), pod]));
  const elsewhere = levelPods.filter((pod) => !here.has(keyOf(pod.metadata)));
  const found = links({ ladder, pods: [...running, ...elsewhere] });
  const plan = { levels: levels(ladder), defaultLevel: ladder.spec.defaultLevel };
  const programs = (wanted: readonly Link[]): readonly DesiredLink[] =>
    wanted.map((link) => ({ link: link.name, program: renderNode({ ...plan, links: [link] })[0]!.program }));

  const uplinks = found.links.filter((link) => link.pod === undefined && isSelected(link.nodeSelector ?? {}, labels));
  const isEnforced = ladder.spec.mode === "Enforce";
  const yielding = isEnforced ? yieldingLevels(ladder) : [];
  const desired = running.flatMap((pod) => {
    const own = found.links.filter((link) => link.pod !== undefined && keyOf(podOf(link)) === keyOf(pod.metadata));
    return isEnforced && !isOptedOut(pod)
      ? [{ pod, own, level: plan.levels.find(({ name }) => name === levelOf(pod)) }]
      : [];
  });
  const isPrivate = ({ pod }: { readonly pod: Pod }): boolean => pod.spec.hostNetwork !== true;
  return {
    uplinks: programs(uplinks),
    pods: desired
      .filter(isPrivate)
      // Requests on a marked connection get their responses through the uplink, so these have to be marked in the pod.
      .filter(({ own, level }) => own.length > 0 || level !== undefined || uplinks.length > 0 || yielding.length > 0)
      .map(({ pod, own, level }) => ({
        ...nameOf(pod),
        addresses: addressesOf(pod),
        ...(level === undefined ? {} : { mark: markOf(level) }),
        ...yieldsOf(yielding, level),
        links: programs(own),
        dscps: plan.levels.map(({ dscp }) => dscp).filter((dscp) => dscp !== 0),
      })),
    inactiveLinks: [
      ...found.inactive.flatMap((link) => inactiveHere(link, here, { ladder, labels })),
      ...desired
        .filter((entry) => !isPrivate(entry))
        .flatMap(({ pod, own }) => own.map(({ name }) => ({ link: name, ...nameOf(pod), ...hostNetwork }))),
    ],
    inactivePods: desired.flatMap(({ pod, level }): PodState[] => {
      const label = levelOf(pod);
      if (label === undefined) return [];
      const state = { ...nameOf(pod), level: label };
      if (level === undefined) return [{ ...state, ...unknownLevel(label, plan.levels) }];
      return pod.spec.hostNetwork === true ? [{ ...state, ...hostNetwork }] : [];
    }),
    wantsScavenger: yielding.length > 0,
  };
}

const levelOf = dedicatedLevel;

/** A level that is not marked cannot be told from the others. */
function yieldingLevels(ladder: PriorityLadder): readonly Level[] {
  const names = ladder.spec.levels
    .filter(({ congestionControl }) => congestionControl === "scavenger")
    .map(({ name }) => name);
  return levels(ladder).filter(({ name, dscp }) => names.includes(name) && dscp !== 0);
}

/** `level`: that of the pod's label. */
function yieldsOf(yielding: readonly Level[], level: Level | undefined): Pick<DesiredPod, "yields"> {
  if (yielding.length === 0) return {};
  const dscps = yielding.map(({ dscp }) => dscp).sort((a, b) => a - b);
  return { yields: { dscps, isWhole: yielding.some(({ name }) => name === level?.name) } };
}

const hostNetwork = {
  reason: "HostNetwork",
  problem: "the pod has hostNetwork: true; its packets are those of the node",
} as const;

function unknownLevel(label: string, known: readonly Level[]) {
  const allowed = known.map(({ name }) => name).join(", ");
  return {
    reason: "LevelUnknown",
    problem: `label ${levelLabel}: "${label}" is no level of the ladder; allowed: ${allowed}`,
  } as const;
}

/** Links of a pod only if it is on this node, links of an uplink only if the node is selected, and no links that select no pod. */
function inactiveHere(
  { name, pod, namespace, reason, verdict }: InactiveLink,
  here: ReadonlyMap<string, Pod>,
  { ladder, labels }: { readonly ladder: PriorityLadder; readonly labels: Labels },
): readonly LinkState[] {
  if (reason === "NoPod") return [];
  const problem = `${verdict.field.at(-1)}: ${verdict.message}`;
  if (pod !== undefined && namespace !== undefined)
    return here.has(keyOf({ name: pod, namespace })) ? [{ link: name, pod, namespace, reason, problem }] : [];
  const link = ladder.spec.links.find((entry) => entry.name === name);
  const isMine = link?.scope === "Node" && isSelected(link.nodeSelector ?? {}, labels);
  return isMine ? [{ link: name, reason, problem }] : [];
}

/** Its network namespace is gone, although the pod is still listed. */
function isFinished({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

function markOf({ name, dscp }: Level): { readonly level: string; readonly dscp: number } {
  return { level: name, dscp };
}

function nameOf({ metadata }: Pod): { readonly pod: string; readonly namespace: string } {
  return { pod: metadata.name, namespace: metadata.namespace };
}

function podOf({ pod = "", namespace = "" }: Link): { readonly name: string; readonly namespace: string } {
  return { name: pod, namespace };
}

function keyOf({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${namespace}/${name}`;
}
