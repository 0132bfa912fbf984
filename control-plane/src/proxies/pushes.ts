// Decides which of the pushes to a proxy concern Expedite's objects, and which of two pushes is the later one. Pure.
//
// istiod pushes extension configurations (ECDS) only if an EnvoyFilter, an extension or a secret that concerns the proxy changed, and it
// pushes them last: a proxy that was sent those of a state was sent everything else of that state before (pilot/pkg/xds/ecds.go, ads.go).
// So for a proxy with Expedite's filter, ECDS alone distinguishes a relevant push from the many that Services and endpoints cause.
import type { Exchange, ProxyReport, Version } from "../reconcile/ports.ts";

/** What was written: EnvoyFilters, or subsets of DestinationRules. */
export type Subject = "filters" | "subsets";
export const subjects: readonly Subject[] = ["filters", "subsets"];

/** A restarted istiod counts from the beginning again, so then the time decides. */
export const isLater = (a: Version, b: Version): boolean => a.count > b.count || a.at > b.at;

/** The pushes that a change of the subject's objects renews. */
export function pushesOf({ exchanges: { ECDS, CDS, LDS } }: ProxyReport, subject: Subject): readonly Exchange[] {
  const types = subject === "subsets" ? [CDS] : ECDS === undefined ? [CDS, LDS] : [ECDS];
  return types.filter((exchange) => exchange !== undefined);
}

/** Differs after each push that is relevant for the subject. */
export const noncesOf = (report: ProxyReport, subject: Subject): string =>
  [report.istiod, ...pushesOf(report, subject).map(({ nonce }) => nonce)].join();
