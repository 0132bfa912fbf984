// What every istiod pod reports of its proxies: the pushes that each took or refused; and what a proxy's own metrics say of the filter.
//
// Nothing that is asked of istiod makes it generate configuration: /debug/config_dump would do so of a proxy's last state as if it were of
// now, and put the result into the cache from which other proxies are served.
import type { Mesh, ProxyReport } from "../reconcile/ports.ts";
import type { Ask } from "./debug.ts";
import { filterSample } from "./filter-metrics.ts";
import { type DatedReport, reportsOf } from "./syncz.ts";

/** `istiods`: base URLs of the debug ports of every ready istiod pod, of every revision. */
export function istiodMesh(istiods: () => readonly string[], ask: Ask): Mesh {
  return {
    proxies: async (namespace) => {
      const bases = istiods();
      if (bases.length === 0) throw new Error("no istiod pod is ready");
      const path = namespace === undefined ? "syncz" : `syncz?namespace=${encodeURIComponent(namespace)}`;
      const answers = await Promise.all(bases.map(async (base) => reportsOf(await ask(base, path), base)));
      // An istiod that does not know the parameter answers for all namespaces.
      const reports = answers.flat().filter(({ report }) => namespace === undefined || report.namespace === namespace);
      return [...Map.groupBy(reports, nameOf).values()].map(newest);
    },
    filter: filterSample,
  };
}

const nameOf = ({ report: { pod, namespace } }: DatedReport): string => `${pod}.${namespace}`;

/**
 * When a proxy moves from one istiod to another, both may report it for a while. The report counts whose pushes the proxy has all acknowledged;
 * of two such, the one that sent last, because a closed connection acknowledges nothing more.
 */
function newest(reports: readonly DatedReport[]): ProxyReport {
  const rank = ({ report }: DatedReport): number =>
    Object.values(report.exchanges).every(({ isAcknowledged }) => isAcknowledged) ? 0 : 1;
  return reports.toSorted((a, b) => rank(a) - rank(b) || b.sentAt - a.sentAt)[0]!.report;
}
