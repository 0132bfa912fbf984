// In: where the istiod pods are. Out: what they say of each proxy, which pushes it took or refused, and what proxies' metrics say of our filter.
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
      // An istiod that does not know the parameter answers for all.
      const reports = answers.flat().filter(({ report }) => namespace === undefined || report.namespace === namespace);
      return [...Map.groupBy(reports, nameOf).values()].map(newest);
    },
    filter: filterSample,
  };
}

const nameOf = ({ report: { pod, namespace } }: DatedReport): string => `${pod}.${namespace}`;

/**
 * Of a proxy that moved from one istiod to another both may tell for a while: the one counts from which it took all, and of two such the one
 * that sent last, as a connection that is gone takes nothing more.
 */
function newest(reports: readonly DatedReport[]): ProxyReport {
  const rank = ({ report }: DatedReport): number =>
    Object.values(report.exchanges).every(({ isAcknowledged }) => isAcknowledged) ? 0 : 1;
  return reports.toSorted((a, b) => rank(a) - rank(b) || b.sentAt - a.sentAt)[0]!.report;
}
