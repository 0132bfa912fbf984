// Decides where the levels' subsets are declared: in a DestinationRule of Expedite's own, or in one that Istio merges with a user's rule.
import { levelSubset } from "@expedite/filter/config/level-cluster.ts";
import type { DestinationRule } from "../../api/istio.ts";
import { byNamespace } from "../../core/by-namespace.ts";
import { covers } from "../../core/host-pattern.ts";
import { levelLabel } from "../../core/labels.ts";
import { dedicatedSubset } from "../../core/level-subset.ts";
import type { MeshConfig } from "../../core/mesh-config.ts";
import type { LevelSubset, SubsetRule } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { levels } from "../levels.ts";
import { type EligibleHost, levelsOfEveryHost } from "./eligible-hosts.ts";
import { fullName, isExported } from "./visibility.ts";

type UserRules = { readonly rules: ReadonlyMap<string, readonly DestinationRule[]>; readonly mesh: MeshConfig };
type Found = { readonly rules: readonly SubsetRule[]; readonly verdicts: readonly Verdict[] };

export type SubsetClients = { readonly namespace: string; readonly hosts: readonly EligibleHost[] };

/** @param snapshot has only the users' rules: the caller leaves out those of Expedite */
export function subsetRules(snapshot: Snapshot, clients: readonly SubsetClients[]): Found {
  const { destinationRules, ladder, mesh } = snapshot;
  const everywhere = levelsOfEveryHost({ ladder }, levels(ladder));
  const users: UserRules = { rules: byNamespace(destinationRules), mesh };
  const rules = new Map<string, SubsetRule>();
  const without = new Map<EligibleHost, string[]>();
  const shadowed = new Map<DestinationRule, EligibleHost>();
  const unreached = new Map<DestinationRule, Set<string>>();
  for (const { namespace, hosts } of clients)
    for (const host of hosts) {
      const [user = widerRule(host, users), ...others] = rulesFor(namespace, host, users);
      const elsewhere = user === undefined ? exportedRule(host, users) : undefined;
      if (elsewhere !== undefined && namespace !== host.namespace)
        unreached.set(elsewhere, (unreached.get(elsewhere) ?? new Set()).add(namespace));
      else if (user === undefined) {
        const there = without.get(host);
        if (there === undefined) without.set(host, [namespace]);
        else there.push(namespace);
      } else if (isMergeable(user, host, users)) rules.set(idOf(user), beside([user, ...others], host, everywhere));
      else shadowed.set(user, host);
    }
  const own = [...without].map(([host, namespaces]) => ({
    host: host.host,
    namespace: host.namespace,
    exportTo: [...new Set(namespaces)].sort(),
    subsets: subsetsOf(host, everywhere),
  }));
  return {
    rules: [...own, ...rules.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
    verdicts: [
      ...[...shadowed].map(([rule, host]) => shadowing(rule, host, everywhere)),
      ...[...unreached].map(([rule, namespaces]) => notReaching(rule, [...namespaces].sort())),
    ],
  };
}

/**
 * Istio's lookup: the client's namespace, the Service's, the root; the first that has any rule for the host decides. @returns the rules
 * that Istio merges, which have the same host and exportTo, the first of them first
 */
function rulesFor(client: string, host: EligibleHost, { rules: all, mesh }: UserRules): readonly DestinationRule[] {
  for (const namespace of [client, host.namespace, mesh.rootNamespace]) {
    const rules = all.get(namespace);
    if (rules === undefined) continue;
    const found = rules.filter(
      ({ spec, metadata }) =>
        covers(fullName(spec.host, metadata.namespace, mesh), host.host) &&
        isExported(
          { exportTo: spec.exportTo, namespace: metadata.namespace },
          client,
          mesh.defaultExportTo.destinationRule,
        ),
    );
    const [first] = found.toSorted(bySpecificity(mesh));
    if (first !== undefined) return [first, ...found.filter((other) => other !== first && idOf(other) === idOf(first))];
  }
  return [];
}

/** An exact host, then the longer wildcard; of these a rule that selects workloads first; then the oldest. */
const bySpecificity =
  (mesh: MeshConfig) =>
  (a: DestinationRule, b: DestinationRule): number => {
    const rank = ({ spec, metadata }: DestinationRule): number => {
      const host = fullName(spec.host, metadata.namespace, mesh);
      return host.startsWith("*") ? 1000 - host.length : 0;
    };
    const key = ({ metadata }: DestinationRule): string => `${metadata.creationTimestamp ?? "~"} ${metadata.name}`;
    return (
      rank(a) - rank(b) ||
      Number(b.spec.workloadSelector !== undefined) - Number(a.spec.workloadSelector !== undefined) ||
      (key(a) < key(b) ? -1 : 1)
    );
  };

/**
 * Istio merges rules with the same host, namespace and exportTo (model/destination_rule.go). If a namespace has rules with different
 * exportTo for the host, the last of them counts, and one of Expedite's would be the last.
 */
function isMergeable(user: DestinationRule, host: EligibleHost, { rules: all, mesh }: UserRules): boolean {
  const { spec, metadata } = user;
  const isExact = (rule: DestinationRule): boolean =>
    fullName(rule.spec.host, rule.metadata.namespace, mesh) === host.host;
  if (!isExact(user) || spec.workloadSelector !== undefined || metadata.namespace === mesh.rootNamespace) return false;
  const same = all.get(metadata.namespace)!.filter(isExact);
  return same.every((other) => scopeOf(other) === scopeOf(user));
}

/**
 * A rule for several hosts that the Service's namespace exports to other clients: a rule for this host alone would replace it for all
 * clients, including those that it is not exported to (model/push_context.go: getExportedDestinationRuleFromNamespace).
 */
function widerRule(host: EligibleHost, { rules: all, mesh }: UserRules): DestinationRule | undefined {
  return all.get(host.namespace)?.find((rule) => {
    const pattern = fullName(rule.spec.host, rule.metadata.namespace, mesh);
    return pattern.startsWith("*") && covers(pattern, host.host) && !isPrivate(rule, mesh);
  });
}

/**
 * A rule for this host alone that the Service's namespace exports to other clients. Of three rules with two scopes, Istio merges those that
 * belong together only if they are adjacent by age (model/destination_rule.go: mergeDestinationRule), so one for the remaining clients
 * could cost these clients theirs.
 */
function exportedRule(host: EligibleHost, { rules: all, mesh }: UserRules): DestinationRule | undefined {
  return all
    .get(host.namespace)
    ?.find(
      (rule) =>
        fullName(rule.spec.host, rule.metadata.namespace, mesh) === host.host &&
        rule.spec.workloadSelector === undefined &&
        !isPrivate(rule, mesh),
    );
}

/** Seen only in its own namespace. */
function isPrivate({ spec, metadata }: DestinationRule, mesh: MeshConfig): boolean {
  const exportTo = spec.exportTo.length === 0 ? mesh.defaultExportTo.destinationRule : spec.exportTo;
  return exportTo.every((entry) => entry === "." || entry === metadata.namespace);
}

/** `users`: rules that Istio merges. Of subsets with the same name, Istio uses the first. */
function beside(users: readonly DestinationRule[], host: EligibleHost, everywhere: readonly string[]): SubsetRule {
  const { spec, metadata } = users[0]!;
  const all = new Map(
    users
      .flatMap((user) => user.spec.subsets)
      .toReversed()
      .map((subset) => [subset.name, subset]),
  );
  const divided = [...all.values()].toReversed().flatMap(({ name, labels, trafficPolicy }) =>
    subsetsOf(host, everywhere).map(
      (own): LevelSubset => ({
        ...own,
        subset: name,
        labels: { ...labels, ...own.labels },
        ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
      }),
    ),
  );
  return {
    host: spec.host,
    namespace: metadata.namespace,
    exportTo: spec.exportTo,
    subsets: [...subsetsOf(host, everywhere), ...divided],
  };
}

/** A level's subset always has all pods; dedicated pods have a second one, which only an aggregate cluster names. */
function subsetsOf({ levels, dedicated }: EligibleHost, everywhere: readonly string[]): readonly LevelSubset[] {
  return levels.flatMap((level): LevelSubset[] => [
    ...(everywhere.includes(level) ? [{ level, labels: {} }] : []),
    ...(dedicated.has(level) ? [{ level, isDedicated: true as const, labels: { [levelLabel]: level } }] : []),
  ]);
}

function idOf(rule: DestinationRule): string {
  return `${rule.metadata.namespace} ${rule.spec.host} ${scopeOf(rule)}`;
}

/** Who sees it, and which workloads it is for. */
function scopeOf({ spec }: DestinationRule): string {
  return JSON.stringify([[...spec.exportTo].sort(), spec.workloadSelector]);
}

function sortKey({ namespace, host, exportTo }: SubsetRule): string {
  return `${namespace} ${host} ${exportTo.join()}`;
}

/** The filter names the level's subset, whoever declares it. */
function shadowing(
  { metadata: { name, namespace } }: DestinationRule,
  host: EligibleHost,
  everywhere: readonly string[],
): Verdict {
  const wanted = subsetsOf(host, everywhere)
    .map(({ level, isDedicated }) =>
      isDedicated
        ? `${dedicatedSubset(level)} with the label ${levelLabel}: ${level}`
        : `${levelSubset(level)} without labels`,
    )
    .join(", ");
  return {
    on: { kind: "DestinationRule", namespace, name },
    reason: "HostNotPrioritised",
    field: ["spec", "host"],
    message: `is the rule of ${host.host}, which a separate rule with the levels' subsets would replace; add these subsets here: ${wanted}`,
  };
}

/** Requests of these clients keep the Service's own cluster. */
function notReaching({ metadata: { name, namespace } }: DestinationRule, clients: readonly string[]): Verdict {
  return {
    on: { kind: "DestinationRule", namespace, name },
    reason: "HostNotPrioritised",
    field: ["spec", "exportTo"],
    message: `does not reach ${clients.join(", ")}, and a separate rule for them would replace it elsewhere; export it to them too, or to all`,
  };
}
