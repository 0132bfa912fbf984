// Remembers what became of each pod's namespace, so that one in which nothing has to change is read again only now and then: reading all of
// them each minute would cost more than everything else that the agent does.
import { isDeepStrictEqual } from "node:util";
import type { Inactive } from "../core/link-state.ts";
import type { DesiredNamespace, NamespaceReport } from "./namespace.ts";

export type MemoryOptions = {
  /** Milliseconds between two searches for changes that others made on the node. */
  readonly interval: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
};

export type NamespaceId = { readonly name: string; readonly inode: number };

export type NamespaceMemory = {
  /** What was found the last time, if the namespace need not be read now. */
  readonly recall: (id: NamespaceId, desired: DesiredNamespace) => NamespaceReport | undefined;
  /** Where the namespace's links were the last time. */
  readonly devices: (id: NamespaceId) => readonly string[];
  readonly remember: (id: NamespaceId, desired: DesiredNamespace, report: NamespaceReport) => void;
  /** Forgets all other namespaces. */
  readonly retain: (ids: readonly NamespaceId[]) => void;
};

type Entry = {
  readonly desired: DesiredNamespace;
  readonly report: NamespaceReport;
  readonly readAt: number;
  /** How many intervals lie between two reads, or that everything was in order. */
  readonly intervals: number | "settled";
};

/** The last read, and the time from one to the next, in milliseconds. */
type Reads = { readonly readAt: number; readonly every: number };

/**
 * How many namespaces in which everything was in order are read in each interval. More of them wait longer, but none longer than so many
 * intervals.
 */
const [settledReads, longestIntervals] = [22, 5] as const;

export function namespaceMemory({ interval, now }: MemoryOptions): NamespaceMemory {
  const entries = new Map<string, Entry>();
  /** Milliseconds. */
  const timeBetweenReads = ({ intervals }: Entry): number => {
    if (intervals !== "settled") return intervals * interval;
    const settled = [...entries.values()].filter((entry) => entry.intervals === "settled").length;
    return Math.min(longestIntervals, Math.ceil(settled / settledReads)) * interval;
  };
  return {
    recall: (id, desired) => {
      const entry = entries.get(keyOf(id));
      if (entry === undefined || !isDeepStrictEqual(entry.desired, desired)) return undefined;
      return isDue(id, { readAt: entry.readAt, every: timeBetweenReads(entry) }, now()) ? undefined : entry.report;
    },
    devices: (id) =>
      (entries.get(keyOf(id))?.report.links ?? []).flatMap(({ state }) => ("reason" in state ? [] : [state.device])),
    remember: (id, desired, report) => {
      const intervals = intervalsUntilRead(desired, report);
      if (intervals === 0) entries.delete(keyOf(id));
      else entries.set(keyOf(id), { desired, report: unchanged(report), readAt: now(), intervals });
    },
    retain: (ids) => {
      const kept = new Set(ids.map(keyOf));
      for (const key of entries.keys()) if (!kept.has(key)) entries.delete(key);
    },
  };
}

/** 0: nothing is remembered. */
function intervalsUntilRead(
  { links, pod }: DesiredNamespace,
  { removed, problem, ...report }: NamespaceReport,
): Entry["intervals"] {
  const others = [report.pod, report.yields].filter((state) => state !== undefined);
  const states = [...report.links.map(({ state }) => state), ...others];
  const reasons = [...states, ...(problem === undefined ? [] : [problem])].flatMap((state) =>
    "reason" in state ? [state.reason] : [],
  );
  if (reasons.some((reason) => repeated.includes(reason))) return 0;
  if (links.length === 0 && pod === undefined) return Number.POSITIVE_INFINITY;
  const isChanged = removed.length > 0 || states.some((state) => "changed" in state && state.changed.length > 0);
  // A pod that starts may have programs that flush all rules.
  return isChanged || reasons.length > 0 ? 1 : "settled";
}

/** Tried again by each reconcile. */
const repeated: readonly Inactive["reason"][] = ["Failed", "NamespaceGone"];

/**
 * Each namespace has its own moment in every such time, so that those of a node are spread evenly over it. Namespaces that were made one
 * after the other have inodes in sequence, and multiples of the golden ratio spread a sequence best.
 */
function isDue({ inode }: NamespaceId, { readAt, every }: Reads, now: number): boolean {
  const moment = ((inode * 0.618_033_988_749_894_9) % 1) * every;
  const turn = (time: number): number => Math.floor((time - moment) / every);
  return every !== Number.POSITIVE_INFINITY && turn(now) > turn(readAt);
}

/** The report of a reconcile that changes nothing. */
function unchanged({ links, pod, yields }: NamespaceReport): NamespaceReport {
  return {
    links: links.map(({ link, state }) => ({
      link,
      state: "reason" in state ? state : { ...state, changed: [] },
    })),
    ...(pod === undefined ? {} : { pod: "reason" in pod ? pod : { ...pod, changed: [] } }),
    ...(yields === undefined ? {} : { yields: "reason" in yields ? yields : { changed: [] } }),
    removed: [],
  };
}

function keyOf({ name, inode }: NamespaceId): string {
  return `${name} ${inode}`;
}
