// In: what is stored and wanted of one namespace, and what was seen of its proxies. Out: the proxies by group, each with what it should
// have, and the writes that are missing. Pure.

import type { CacheState, Labels, OwnedObject, ProxyReport, Workloads } from "../reconcile/ports.ts";
import { differences, type Write } from "../writes/differences.ts";
import { type ExpectedConfig, expectedConfigOf } from "./expected-config.ts";
import type { SyncStatus } from "./sync-status.ts";
import { isMeant, labelsOf } from "./workload-match.ts";

export type NamespaceState = {
  readonly namespace: string;
  readonly stored: ReadonlyMap<string, OwnedObject>;
  /** Without what was taken back. */
  readonly wanted: ReadonlyMap<string, OwnedObject>;
  readonly differences: readonly Write[];
  /** Undefined: nothing of ours is for this proxy. */
  readonly groupOf: (report: ProxyReport) => string | undefined;
  readonly expectedConfigOf: (report: ProxyReport) => ExpectedConfig;
  /** Of the proxies that are to have something of ours. */
  readonly groups: (
    syncStatus: SyncStatus,
  ) => readonly { readonly reports: readonly ProxyReport[]; readonly expected: ExpectedConfig }[];
};

type Kind = {
  /** Of the selectors those that mean it. */
  readonly matching: string;
  readonly isWanted: boolean;
};

/** Of a pod's labels, which stay the same object from turn to turn. */
const texts = new WeakMap<Labels, string>();

function textOf(labels: Labels): string {
  const text = texts.get(labels) ?? JSON.stringify(labels);
  texts.set(labels, text);
  return text;
}

export type NamespaceStateParts = {
  readonly namespace: string;
  readonly stored: ReadonlyMap<string, OwnedObject>;
  readonly wanted: ReadonlyMap<string, OwnedObject>;
  readonly isCurrent: (key: string) => boolean;
  /** Names of pods. */
  readonly optedOut: ReadonlySet<string>;
  readonly pod: CacheState["pod"];
};

/** Of one turn: what was seen does not change meanwhile. */
export function namespaceStateOf({
  namespace,
  stored,
  wanted,
  isCurrent,
  optedOut,
  pod,
}: NamespaceStateParts): NamespaceState {
  const patched = [...wanted.values(), ...stored.values()].filter(({ ref }) => ref.kind === "EnvoyFilter");
  const selectors = [
    ...new Map(patched.map(({ summary: { workloads } }) => [JSON.stringify(workloads), workloads])).values(),
  ] satisfies readonly Workloads[];
  // Proxies with the same labels are many: each kind is looked at once.
  const kinds = new Map<string, Kind>();
  const kindOf = (report: ProxyReport): Kind => {
    const labels = labelsOf(pod, report);
    const id = `${report.isGateway} ${textOf(labels)}`;
    const known = kinds.get(id) ?? newKind(report, labels);
    kinds.set(id, known);
    return known;
  };
  const newKind = (report: ProxyReport, labels: Labels): Kind => {
    const matching = selectors.flatMap((workloads, index) => (isMeant(workloads, report, labels) ? [index] : []));
    const isWanted = [...wanted.values()].some(
      ({ ref, summary }) => ref.kind === "EnvoyFilter" && isMeant(summary.workloads, report, labels),
    );
    return { matching: matching.join(), isWanted };
  };
  const group = (report: ProxyReport): string | undefined => {
    const { matching } = kindOf(report);
    return matching === "" ? undefined : [namespace, report.istiod, report.isGateway, matching].join();
  };
  const expected = (report: ProxyReport): ExpectedConfig =>
    expectedConfigOf(wanted.values(), report, labelsOf(pod, report));
  let groups: ReturnType<NamespaceState["groups"]> | undefined;
  return {
    ...{ namespace, stored, wanted },
    differences: differences(stored, wanted, isCurrent),
    groupOf: group,
    expectedConfigOf: expected,
    groups: (syncStatus) => {
      if (groups !== undefined) return groups;
      const members = (syncStatus.of(namespace) ?? []).filter(
        (report) => !optedOut.has(report.pod) && kindOf(report).isWanted,
      );
      groups = [...Map.groupBy(members, group).values()].map((reports) => ({
        ...{ reports, expected: expected(reports[0]!) },
      }));
      return groups;
    },
  };
}
