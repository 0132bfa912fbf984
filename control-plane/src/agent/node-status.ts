// Makes the status of a node's PriorityNode from the agent's report: bounded, and the same as long as nothing changes. Pure.
import { isDeepStrictEqual } from "node:util";
import { maxEntries, maxReportedMessage, type PriorityNodeStatus } from "../api/priority-node.ts";
import { conditionOf, type Finding } from "../core/condition.ts";
import { byReason, type Inactive, isPassing } from "../core/link-state.ts";
import { nothingWanted } from "../core/node-state.ts";
import {
  type Active,
  isActive,
  type LinkState,
  type NodeReport,
  type PodState,
  type ScavengerState,
} from "./node-report.ts";

export type StatusInputs = {
  readonly report: NodeReport;
  /** The ladder that the report follows. Absent: there is none. */
  readonly ladder?: { readonly generation: number; readonly removal?: string };
  /** The status that the PriorityNode has. */
  readonly before?: PriorityNodeStatus;
  /** As in an object's metadata: 2026-11-29T07:00:00Z. */
  readonly now: string;
};

type LinkEntry = PriorityNodeStatus["links"][number];
type PodEntry = PriorityNodeStatus["pods"][number];

export function nodeStatus({ report, ladder, before, now }: StatusInputs): PriorityNodeStatus {
  const known = connectionsOf(before);
  const links = report.links
    .filter(isLasting)
    .map((link): LinkEntry => ({ ...linkName(link), ...stateOf(link, known) }));
  const pods = report.pods.filter(isLasting).map((pod): PodEntry => ({ ...podName(pod), ...stateOf(pod, known) }));
  const told = pods.filter((entry) => entry.state === "Inactive" || entry.connectionsBefore !== undefined);
  const marked = report.pods.filter((pod) => isActive(pod) && pod.level !== undefined).length;
  const active = links.filter(({ state }) => state === "Active").length;
  const counts = { activeLinks: active, inactiveLinks: links.length - active, markedPods: marked };
  const finding = programmed([...links, ...pods], report.problems);
  return {
    ...(ladder === undefined ? {} : { ladderGeneration: ladder.generation }),
    ...(ladder?.removal === undefined ? {} : { removal: ladder.removal }),
    ...counts,
    links: worstFirst(links).slice(0, maxEntries),
    ...(links.length > maxEntries ? { linksOmitted: links.length - maxEntries } : {}),
    pods: worstFirst(told).slice(0, maxEntries),
    ...(told.length > maxEntries ? { podsOmitted: told.length - maxEntries } : {}),
    ...(report.scavenger === undefined ? {} : { scavenger: scavengerOf(report.scavenger) }),
    conditions: [conditionOf("Programmed", finding, { before: before?.conditions ?? [], now })],
  };
}

/** `counts`: only numbers differ, which may wait; `state`: something became active or inactive, or another ladder is followed. */
export function changeOf(
  before: PriorityNodeStatus | undefined,
  after: PriorityNodeStatus,
): "none" | "counts" | "state" {
  if (before === undefined) return "state";
  if (isDeepStrictEqual(before, after)) return "none";
  return isDeepStrictEqual(withoutCounts(before), withoutCounts(after)) ? "counts" : "state";
}

type Entry = LinkEntry | PodEntry;

function programmed(entries: readonly Entry[], problems: readonly Inactive[]): Finding {
  const inactive = worstFirst(entries.filter(({ state }) => state === "Inactive"));
  const failures = [
    ...problems.map(({ reason, problem }) => ({ reason, text: `${reason}: ${problem}` })),
    ...inactive.map((entry) => ({ reason: entry.reason ?? "Failed", text: sentence(entry) })),
  ].sort((a, b) => byReason(a.reason, b.reason));
  const [worst] = failures;
  if (worst !== undefined) {
    const more = failures.length > shown ? [`and ${failures.length - shown} more`] : [];
    const texts = failures.slice(0, shown).map(({ text }) => text.slice(0, maxReportedMessage));
    return { status: "False", reason: worst.reason, message: [...texts, ...more].join("; ") };
  }
  if (entries.length === 0)
    return {
      status: "False",
      reason: nothingWanted,
      message: "The node has nothing of Expedite, and should have nothing.",
    };
  return { status: "True", reason: "Programmed", message: "All links and marks are as the ladder wants them." };
}

/** Failures that a condition's message quotes. */
const shown = 5;

function sentence(entry: Entry): string {
  const pod = entry.pod === undefined ? [] : [`${entry.namespace}/${entry.pod}`];
  const place = [...("link" in entry ? [entry.link] : []), ...pod].join(" of ");
  return `${place}: ${entry.reason}: ${entry.message}`;
}

const isLasting = (state: LinkState | PodState): boolean => isActive(state) || !isPassing(state.reason);

const linkName = ({ link, pod, namespace }: LinkState): Pick<LinkEntry, "link" | "pod" | "namespace"> => ({
  link,
  ...(namespace === undefined ? {} : { namespace }),
  ...(pod === undefined ? {} : { pod }),
});

const podName = ({ pod, namespace, level }: PodState): Pick<PodEntry, "pod" | "namespace" | "level"> => ({
  namespace,
  pod,
  // A label may be any text; one that is no level's name is reported all the same.
  ...(level === undefined ? {} : { level: level.slice(0, 63) }),
});

function scavengerOf({ algorithm, reason, problem }: ScavengerState): NonNullable<PriorityNodeStatus["scavenger"]> {
  return {
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(reason === undefined ? {} : { reason }),
    ...(problem === undefined ? {} : { message: problem.slice(0, maxReportedMessage) }),
  };
}

type Known = ReadonlyMap<string, number>;

function stateOf(state: LinkState | PodState, known: Known): Omit<LinkEntry, "link" | "pod" | "namespace"> {
  if (!isActive(state))
    return { state: "Inactive", reason: state.reason, message: state.problem.slice(0, maxReportedMessage) };
  const { device, connectionsBefore = known.get(keyOf(state)) ?? 0 }: Active = state;
  return {
    state: "Active",
    ...(device === undefined ? {} : { device }),
    ...(connectionsBefore === 0 ? {} : { connectionsBefore }),
  };
}

/** They are counted once, when marking begins: a later report that says nothing of them changes nothing. */
function connectionsOf(before: PriorityNodeStatus | undefined): Known {
  const entries: readonly Entry[] = [...(before?.links ?? []), ...(before?.pods ?? [])];
  return new Map(
    entries.flatMap((entry) =>
      entry.connectionsBefore === undefined ? [] : [[keyOf(entry), entry.connectionsBefore] as const],
    ),
  );
}

function keyOf(of: LinkState | PodState | Entry): string {
  return JSON.stringify(["link" in of ? of.link : "", of.namespace, of.pod]);
}

function worstFirst<T extends Entry>(entries: readonly T[]): T[] {
  const rank = ({ state }: Entry): number => (state === "Inactive" ? 0 : 1);
  return entries.toSorted((a, b) => rank(a) - rank(b) || byReason(a.reason ?? "", b.reason ?? ""));
}

/** What `kubectl get` shows without asking for more. */
function withoutCounts({ markedPods: _, podsOmitted: __, pods, links, ...status }: PriorityNodeStatus): object {
  const bare = (entries: readonly Entry[]): readonly object[] =>
    entries.map(({ connectionsBefore: ___, ...entry }) => entry);
  return { ...status, links: bare(links), pods: bare(pods.filter(({ state }) => state === "Inactive")) };
}
