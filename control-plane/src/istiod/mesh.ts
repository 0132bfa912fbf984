// Collects what every istiod pod reports about its proxies (the pushes that each accepted or refused) and counts of changes, and what a
// proxy's own metrics show of the filter.
//
// No request makes istiod generate configuration: /debug/config_dump would generate a proxy's last state as if it were current, and put the
// result into the cache from which other proxies are served.
import type { Debounce, Mesh, ProxyReport } from "../reconcile/ports.ts";
import type { Ask } from "./debug.ts";
import { filterSample } from "./filter-metrics.ts";
import { heardChanges } from "./heard-changes.ts";
import { type DatedReport, reportsOf } from "./syncz.ts";

/** A ready istiod pod, of any revision. */
export type Istiod = {
  /** The base URL of its debug port. */
  readonly url: string;
  readonly debounce: Debounce;
};

/** `istiods`: those that are ready now. */
export function istiodMesh(istiods: () => readonly Istiod[], ask: Ask): Mesh {
  const urls = () => istiods().map(({ url }) => url);
  let known: Debounce = { after: 0, max: 0 };
  return {
    debounce: () => {
      const all = istiods().map(({ debounce }) => debounce);
      // While none is ready, what was known before holds.
      if (all.length > 0)
        known = { after: Math.max(...all.map(({ after }) => after)), max: Math.max(...all.map(({ max }) => max)) };
      return known;
    },
    proxies: async (namespace) => {
      const bases = urls();
      if (bases.length === 0) throw new Error("no istiod pod is ready");
      const path = namespace === undefined ? "syncz" : `syncz?namespace=${encodeURIComponent(namespace)}`;
      const answers = await Promise.all(bases.map(async (base) => reportsOf(await ask(base, path), base)));
      // An istiod that does not know the parameter answers for all namespaces.
      const reports = answers.flat().filter(({ report }) => namespace === undefined || report.namespace === namespace);
      return [...Map.groupBy(reports, nameOf).values()].map(newest);
    },
    heard: async () => {
      const answers = await Promise.all(urls().map(async (base) => [base, await heardChanges(base)] as const));
      const isKnown = answers.length > 0 && answers.every(([, changes]) => changes !== undefined);
      return isKnown ? answers.flat().join("\n") : undefined;
    },
    filter: filterSample,
  };
}

const nameOf = ({ report: { pod, namespace } }: DatedReport): string => `${pod}.${namespace}`;

/**
 * When a proxy moves from one istiod to another, both may report it for a while. The report whose pushes are all acknowledged counts; if
 * both are, the one that sent last, because a closed connection acknowledges nothing more.
 */
function newest(reports: readonly DatedReport[]): ProxyReport {
  const rank = ({ report }: DatedReport): number =>
    Object.values(report.exchanges).every(({ isAcknowledged }) => isAcknowledged) ? 0 : 1;
  return reports.toSorted((a, b) => rank(a) - rank(b) || b.sentAt - a.sentAt)[0]!.report;
}
