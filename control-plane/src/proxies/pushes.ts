// In: what a proxy was pushed. Out: which of it tells of our objects, and which of two pushes is the later one. Pure.
//
// istiod pushes extension configurations (ECDS) only where an EnvoyFilter, an extension or a secret changed that concerns the proxy, and
// last of all types: who was sent them from a state was sent all else of it before (pilot/pkg/xds/ecds.go, ads.go). So of a proxy that has
// our filter they alone tell a push of ours from the many that Services and endpoints cause.
import type { Exchange, ProxyReport, Version } from "../reconcile/ports.ts";

/** What was written: EnvoyFilters, or subsets of DestinationRules. */
export type Subject = "filters" | "subsets";
export const subjects: readonly Subject[] = ["filters", "subsets"];

/** `b` in another run of the same istiod, which counts from the beginning again, is the earlier one by its time. */
export const isLater = (a: Version, b: Version): boolean => a.count > b.count || a.at > b.at;

/** Where one of the subject's objects is changed, each of these is pushed anew. */
export function pushesOf({ exchanges: { ECDS, CDS, LDS } }: ProxyReport, subject: Subject): readonly Exchange[] {
  const types = subject === "subsets" ? [CDS] : ECDS === undefined ? [CDS, LDS] : [ECDS];
  return types.filter((exchange) => exchange !== undefined);
}

/** Others after each push that may have to do with the subject. */
export const noncesOf = (report: ProxyReport, subject: Subject): string =>
  [report.istiod, ...pushesOf(report, subject).map(({ nonce }) => nonce)].join();
