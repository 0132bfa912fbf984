// In: the hosts whose levels each namespace tells apart, and the users' DestinationRules. Out: where the levels' subsets are declared, and whose rule would be shadowed.
import type { DestinationRule } from "../api/istio.ts";
import { levelSubset } from "../core/level-subset.ts";
import type { LevelSubset, SubsetRule } from "../core/plan.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { type DivisibleHost, ownClusters } from "./divisible-hosts.ts";
import { levels } from "./levels.ts";
import { levelLabel } from "./pods.ts";
import { covers, fullName, isExported, rootNamespace } from "./visibility.ts";

type Found = { readonly rules: readonly SubsetRule[]; readonly verdicts: readonly Verdict[] };

/** Rules of ours are told from a user's by the caller: `snapshot` has the users' only. */
export function subsetRules(
  { destinationRules, ladder }: Snapshot,
  hosts: ReadonlyMap<string, DivisibleHost>,
  enrolled: readonly { readonly namespace: string; readonly hosts: readonly string[] }[],
): Found {
  const everywhere = ownClusters({ ladder }, levels(ladder));
  const byNamespace = Map.groupBy(destinationRules, ({ metadata }) => metadata.namespace);
  const rules = new Map<string, SubsetRule>();
  const clients = new Map<DivisibleHost, string[]>();
  const shadowed = new Map<DestinationRule, DivisibleHost>();
  for (const { namespace, hosts: names } of enrolled)
    for (const name of names) {
      const host = hosts.get(name)!;
      const user = ruleFor(byNamespace, namespace, host);
      if (user === undefined) clients.set(host, [...(clients.get(host) ?? []), namespace]);
      else if (isMergeable(user, host)) rules.set(idOf(user), beside(user, host, everywhere));
      else shadowed.set(user, host);
    }
  const own = [...clients].map(([host, namespaces]) => ({
    host: host.host,
    namespace: host.namespace,
    exportTo: [...new Set(namespaces)].sort(),
    subsets: subsetsOf(host, everywhere),
  }));
  return {
    rules: [...own, ...rules.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
    verdicts: [...shadowed].map(([rule, host]) => shadowing(rule, host, everywhere)),
  };
}

/** Istio's lookup: the client's namespace, the service's, the root; the first that has any rule for the host decides. */
function ruleFor(
  byNamespace: ReadonlyMap<string, readonly DestinationRule[]>,
  client: string,
  host: DivisibleHost,
): DestinationRule | undefined {
  for (const namespace of new Set([client, host.namespace, rootNamespace])) {
    const found = (byNamespace.get(namespace) ?? []).filter(
      ({ spec, metadata }) =>
        covers(fullName(spec.host, metadata.namespace), host.host) &&
        isExported(spec.exportTo, metadata.namespace, client),
    );
    if (found.length > 0) return found.toSorted(bySpecificity)[0];
  }
  return undefined;
}

/** One that selects workloads is the odd one for those; then the most specific host, then the oldest. */
function bySpecificity(a: DestinationRule, b: DestinationRule): number {
  const key = ({ spec, metadata }: DestinationRule): string =>
    `${spec.host.startsWith("*") ? 1 : 0} ${metadata.creationTimestamp ?? "~"} ${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}

/** Istio joins rules of one host, namespace and exportTo (model/destination_rule.go). */
function isMergeable({ spec, metadata }: DestinationRule, host: DivisibleHost): boolean {
  const isExact = fullName(spec.host, metadata.namespace) === host.host;
  return isExact && spec.workloadSelector === undefined && metadata.namespace !== rootNamespace;
}

function beside({ spec, metadata }: DestinationRule, host: DivisibleHost, everywhere: readonly string[]): SubsetRule {
  const divided = spec.subsets.flatMap((subset) =>
    host.levels.map((level): LevelSubset => {
      const { labels, ...own } = host.dedicated.has(level) ? dedicatedSubset(level) : { level, labels: {} };
      return { ...own, subset: subset.name, labels: { ...subset.labels, ...labels } };
    }),
  );
  return {
    host: spec.host,
    namespace: metadata.namespace,
    exportTo: spec.exportTo,
    subsets: [...subsetsOf(host, everywhere), ...divided],
  };
}

/**
 * The shared route names a level's subset until a proxy has the host's own one, and again before it lost that: so the subset is all
 * pods for good, and dedicated pods have a second one.
 */
function subsetsOf({ levels, dedicated }: DivisibleHost, everywhere: readonly string[]): readonly LevelSubset[] {
  return levels.flatMap((level): LevelSubset[] => [
    ...(everywhere.includes(level) ? [{ level, labels: {} }] : []),
    ...(dedicated.has(level) ? [dedicatedSubset(level)] : []),
  ]);
}

function dedicatedSubset(level: string): LevelSubset {
  return { level, isDedicated: true, labels: { [levelLabel]: level } };
}

function idOf({ metadata, spec }: DestinationRule): string {
  return `${metadata.namespace} ${spec.host} ${spec.exportTo.join()}`;
}

function sortKey({ namespace, host, exportTo }: SubsetRule): string {
  return `${namespace} ${host} ${exportTo.join()}`;
}

/** Routes name the level's subset, whoever declares it. */
function shadowing(
  { metadata: { name, namespace }, spec }: DestinationRule,
  host: DivisibleHost,
  everywhere: readonly string[],
): Verdict {
  const wanted = subsetsOf(host, everywhere)
    .map(({ level, isDedicated }) =>
      isDedicated
        ? `${levelSubset(level, undefined, true)} with the label ${levelLabel}: ${level}`
        : `${levelSubset(level)} without labels`,
    )
    .join(", ");
  return {
    on: { kind: "DestinationRule", namespace, name },
    reason: "HostNotPrioritised",
    field: ["spec", "host"],
    message: `is also that of ${host.host}, and a rule of ours for it would take the place of this one; add to its subsets: ${wanted} (${spec.subsets.length} there)`,
  };
}
