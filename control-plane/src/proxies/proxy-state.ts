// In: what was seen of the proxies, and what each should have. Out: the state of each, as status and metrics show it. Pure.

import { type ProxyReport, resourceTypes } from "../reconcile/ports.ts";
import type { ChangeTracker } from "./change-tracker.ts";
import type { ExpectedConfig } from "./expected-config.ts";
import type { FilterHealth } from "./filter-health.ts";
import type { ProgrammedHysteresis } from "./programmed-hysteresis.ts";
import { isSupported, needed } from "./workload-match.ts";

export type ProxyState = {
  readonly namespace: string;
  readonly pod: string;
  readonly state: "programmed" | "refused" | "pending" | "unsupported";
  /** Why it is not programmed; empty where it is. */
  readonly reason: string;
};

/** Nothing is wrong with it: what another leader wrote last may be under way to it still. */
export const tooEarly = "has been watched for less than ten seconds since another controller led";

/** Proxies that should have the same. */
export type Group = { readonly reports: readonly ProxyReport[]; readonly expected: ExpectedConfig };

/** What is remembered of proxies besides the last look. */
export type Memory = {
  readonly changes: ChangeTracker;
  readonly hysteresis: ProgrammedHysteresis;
  readonly health: (report: ProxyReport) => FilterHealth | undefined;
  /** Why something that is for them is not stored yet. */
  readonly unwritten: string | undefined;
  readonly now: number;
};

/** What programmed rests on: docs/adr/0026-what-programmed-rests-on.md. */
export function groupStates(
  { changes, hysteresis, health, unwritten, now }: Memory,
  { reports, expected }: Group,
): readonly ProxyState[] {
  const reasonOf = (report: ProxyReport): string => {
    if (expected.extensions.size > 0 && report.exchanges.ECDS === undefined) return "has not asked for the filter";
    if (health(report)?.state === "lacking") return "its metrics do not have the filter's configuration yet";
    const silent = resourceTypes.filter((type) => report.exchanges[type]?.isAcknowledged === false);
    if (unwritten === undefined && silent.length === 0 && changes.isPushed(report, now)) {
      hysteresis.confirm(report, expected.id);
      return "";
    }
    if (hysteresis.holds(report, expected.id, silent.length > 0, now)) return "";
    if (unwritten !== undefined) return unwritten;
    if (silent.length > 0) return `has not acknowledged ${silent.join(", ")}`;
    return changes.isTooEarly(report.namespace, now) ? tooEarly : "istiod has not been seen to push it yet";
  };
  return reports.map((report): ProxyState => {
    const { namespace, pod, istioVersion } = report;
    const proxy = { namespace, pod };
    if (!isSupported(report))
      return { ...proxy, state: "unsupported", reason: `Istio ${istioVersion}; needed: ${needed}` };
    const refused = resourceTypes.find((type) => report.exchanges[type]?.refused !== undefined);
    if (refused !== undefined)
      return { ...proxy, state: "refused", reason: `${refused}: ${report.exchanges[refused]!.refused}` };
    const reason = reasonOf(report);
    return { ...proxy, state: reason === "" ? "programmed" : "pending", reason };
  });
}
