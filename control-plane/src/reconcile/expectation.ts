// In: the objects that are wanted for a proxy, and what istiod generates for it. Out: what it lacks: an acknowledged patch may match nothing. Pure.

import type { Extension, Labels, OwnedObject, ProxyConfiguration, ProxyReport } from "./ports.ts";
import { isMeant } from "./proxies.ts";

export type Expectation = {
  /** Another for anything else that is expected. */
  readonly id: string;
  /** By the plugin's name. */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly clusters: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly sharesRoute: boolean;
};

/** `wanted`: of the proxy's namespace. A selector's objects come after the namespace's, as their priority says. */
export function expectationOf(wanted: Iterable<OwnedObject>, report: ProxyReport, labels: Labels): Expectation {
  const meant = [...wanted].map(({ content }) => content).filter(({ workloads }) => isMeant(workloads, report, labels));
  const bySelector = meant.toSorted(
    (a, b) => Object.keys(a.workloads.selector).length - Object.keys(b.workloads.selector).length,
  );
  return {
    id: meant.map(({ digest }) => digest).join(),
    extensions: new Map(bySelector.flatMap(({ extensions }) => extensions).map((one) => [one.name, one])),
    clusters: new Set(meant.flatMap(({ adds }) => adds)),
    names: new Set(meant.flatMap(({ names }) => names)),
    sharesRoute: meant.some(({ sharesRoute }) => sharesRoute),
  };
}

/** Undefined: nothing. */
export function lacks(expected: Expectation, configuration: ProxyConfiguration): string | undefined {
  const { extensions, clusters, names, hasSharedRoute } = configuration;
  for (const { name, generation } of expected.extensions.values()) {
    if (extensions[name] === undefined) return `lacks the filter ${name}`;
    if (extensions[name] !== generation) return `has an earlier configuration of ${name}`;
  }
  const has = new Set(clusters);
  const missing = [...expected.clusters].filter((name) => !has.has(name));
  if (missing.length > 0) return `lacks ${missing.length} of the levels' clusters: ${missing[0]}`;
  const left = clusters.find((name) => !expected.clusters.has(name));
  if (left !== undefined) return `still has the cluster ${left}`;
  const stray = names.find((name) => !expected.names.has(name));
  if (stray !== undefined) return `still has a route to ${stray}`;
  // A Sidecar resource may hide a host from some proxies: the patch of its route matches nothing there.
  const isSilent = names.length === 0 && !hasSharedRoute;
  return isSilent && (expected.names.size > 0 || expected.sharesRoute)
    ? "has no route that chooses by level"
    : undefined;
}
