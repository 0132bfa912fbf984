// Groups the proxies of one namespace by the configuration that they should have: for the status, and to sample a few proxies of each
// group.
import type { CacheState, Labels, OwnedObject, ProxyReport, Workloads } from "../reconcile/ports.ts";
import { type ExpectedConfig, expectedConfigOf } from "./expected-config.ts";
import type { SyncStatus } from "./sync-status.ts";
import { labelsOf, matchesWorkloads } from "./workload-match.ts";

/** Proxies that should have the same configuration. */
export type ProxyGroup = {
  readonly reports: readonly ProxyReport[];
  /** Proxies whose pods are ready but which istiod does not report: their last reports. */
  readonly lost: readonly ProxyReport[];
  readonly expected: ExpectedConfig;
};

export type ProxyGroups = {
  /** Undefined if none of Expedite's objects selects this proxy. */
  readonly groupOf: (report: ProxyReport) => string | undefined;
  readonly expectedOf: (report: ProxyReport) => ExpectedConfig;
  /** Groups of the proxies that a wanted object selects. */
  readonly groups: (syncStatus: SyncStatus) => readonly ProxyGroup[];
};

export type GroupingParts = {
  readonly namespace: string;
  readonly stored: ReadonlyMap<string, OwnedObject>;
  readonly wanted: ReadonlyMap<string, OwnedObject>;
  /** Names of pods that opted out. */
  readonly optedOut: ReadonlySet<string>;
  readonly pod: CacheState["pod"];
  /** Names of pods that should have a connected proxy, even if it was never seen. */
  readonly awaited: readonly string[];
};

type Kind = {
  /** Indices of the matching selectors. */
  readonly matching: string;
  readonly isWanted: boolean;
};

/** Labels as text. A pod's labels stay the same object from one reconcile to the next. */
const texts = new WeakMap<Labels, string>();

function textOf(labels: Labels): string {
  const text = texts.get(labels) ?? JSON.stringify(labels);
  texts.set(labels, text);
  return text;
}

/** The report of a sidecar that istiod has never reported. */
const unknownSidecar = (namespace: string, pod: string): ProxyReport => ({
  namespace,
  pod,
  istioVersion: "",
  isGateway: false,
  istiod: "",
  exchanges: {},
});

/** For one reconcile: the sync status must not change meanwhile. */
export function groupProxies({ namespace, stored, wanted, optedOut, pod, awaited }: GroupingParts): ProxyGroups {
  const filters = [...wanted.values(), ...stored.values()].filter(({ ref }) => ref.kind === "EnvoyFilter");
  const selectors = [
    ...new Map(filters.map(({ summary: { workloads } }) => [JSON.stringify(workloads), workloads])).values(),
  ] satisfies readonly Workloads[];
  // Many proxies have the same labels, so each set of labels is matched once.
  const kinds = new Map<string, Kind>();
  const kindOf = (report: ProxyReport): Kind => {
    const labels = labelsOf(pod, report);
    const id = `${report.isGateway} ${textOf(labels)}`;
    const known = kinds.get(id) ?? newKind(report, labels);
    kinds.set(id, known);
    return known;
  };
  const newKind = (report: ProxyReport, labels: Labels): Kind => {
    const matching = selectors.flatMap((workloads, index) =>
      matchesWorkloads(workloads, report, labels) ? [index] : [],
    );
    const isWanted = [...wanted.values()].some(
      ({ ref, summary }) => ref.kind === "EnvoyFilter" && matchesWorkloads(summary.workloads, report, labels),
    );
    return { matching: matching.join(), isWanted };
  };
  const groupOf = (report: ProxyReport): string | undefined => {
    const { matching } = kindOf(report);
    return matching === "" ? undefined : [namespace, report.istiod, report.isGateway, matching].join();
  };
  const expectedOf = (report: ProxyReport): ExpectedConfig =>
    expectedConfigOf(wanted.values(), report, labelsOf(pod, report));
  let groups: readonly ProxyGroup[] | undefined;
  return {
    groupOf,
    expectedOf,
    groups: (syncStatus) => {
      if (groups !== undefined) return groups;
      const connected = syncStatus.of(namespace) ?? [];
      const known = syncStatus.lost(namespace).filter((report) => pod(namespace, report.pod)?.isReady === true);
      const seen = new Set([...connected, ...known].map((report) => report.pod));
      const unseen = awaited.filter((name) => !seen.has(name)).map((name) => unknownSidecar(namespace, name));
      const lost = new Set([...known, ...unseen]);
      const members = [...connected, ...lost].filter((report) => !optedOut.has(report.pod) && kindOf(report).isWanted);
      groups = [...Map.groupBy(members, groupOf).values()].map((all) => ({
        reports: all.filter((report) => !lost.has(report)),
        lost: all.filter((report) => lost.has(report)),
        expected: expectedOf(all[0]!),
      }));
      return groups;
    },
  };
}
