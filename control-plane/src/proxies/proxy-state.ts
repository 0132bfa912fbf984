// Determines the state of each proxy, as status and metrics show it, from istiod's reports and what the proxy should have. What
// "programmed" is based on: docs/adr/0026-what-programmed-rests-on.md.
import type { ProxyState } from "../core/proxy-state.ts";
import { type ProxyReport, resourceTypes } from "../reconcile/ports.ts";
import type { ChangeTracker } from "./change-tracker.ts";
import type { FilterHealth } from "./filter-health.ts";
import type { ProgrammedHysteresis } from "./programmed-hysteresis.ts";
import type { ProxyGroup } from "./proxy-groups.ts";
import { isSupported, minimumVersion } from "./workload-match.ts";

const tooEarly = {
  reason: "has not been watched for long enough since another controller led",
  isTooEarly: true,
} as const;

/** What is known of proxies besides istiod's last answer. */
export type Evidence = {
  readonly changes: ChangeTracker;
  readonly hysteresis: ProgrammedHysteresis;
  readonly healthOf: (report: ProxyReport) => FilterHealth | undefined;
  /** Why something for these proxies is not stored yet. */
  readonly unwritten: string | undefined;
  readonly now: number;
};

/** Also confirms the programmed proxies to the hysteresis. */
export function groupStates(
  { changes, hysteresis, healthOf, unwritten, now }: Evidence,
  { reports, lost, expected }: ProxyGroup,
): readonly ProxyState[] {
  const pending = ({ namespace }: ProxyReport, reason: string): Pick<ProxyState, "reason" | "isTooEarly"> =>
    changes.isTooEarly(namespace, now) ? tooEarly : { reason };
  const reasonOf = (report: ProxyReport): Pick<ProxyState, "reason" | "isTooEarly"> => {
    if (expected.extensions.size > 0 && report.exchanges.ECDS === undefined)
      return { reason: "has not asked for the filter" };
    // Metrics are read only of a proxy that has acknowledged what it got: those of before say nothing about what it got since.
    if (healthOf(report)?.state === "lacking" && report.exchanges.ECDS?.isAcknowledged !== false)
      return { reason: "its metrics do not have the filter's configuration yet" };
    const silent = resourceTypes.filter((type) => report.exchanges[type]?.isAcknowledged === false);
    if (unwritten === undefined && silent.length === 0 && changes.isPushed(report, now)) {
      hysteresis.confirm(report, expected.id);
      return { reason: "" };
    }
    if (hysteresis.holds(report, expected.id, { isSilent: silent.length > 0, now })) return { reason: "" };
    if (unwritten !== undefined) return { reason: unwritten };
    if (silent.length > 0) return { reason: `has not acknowledged ${silent.join(", ")}` };
    return pending(report, "istiod has not been seen to push it yet");
  };
  const lostState = (report: ProxyReport): ProxyState => {
    const { namespace, pod } = report;
    if (!isSupported(report)) return unsupported(report);
    const isProgrammed = unwritten === undefined && hysteresis.holds(report, expected.id, { isSilent: true, now });
    return isProgrammed
      ? { namespace, pod, state: "programmed", reason: "" }
      : { namespace, pod, state: "pending", ...pending(report, "is not connected to istiod") };
  };
  const connectedState = (report: ProxyReport): ProxyState => {
    const { namespace, pod } = report;
    const proxy = { namespace, pod };
    if (!isSupported(report)) return unsupported(report);
    const refused = resourceTypes.find((type) => report.exchanges[type]?.refused !== undefined);
    if (refused !== undefined)
      return { ...proxy, state: "refused", reason: `${refused}: ${report.exchanges[refused]!.refused}` };
    const why = reasonOf(report);
    return { ...proxy, state: why.reason === "" ? "programmed" : "pending", ...why };
  };
  return [...reports.map(connectedState), ...lost.map(lostState)];
}

const unsupported = ({ namespace, pod, istioVersion }: ProxyReport): ProxyState => ({
  namespace,
  pod,
  state: "unsupported",
  reason: `Istio ${istioVersion}; needed: ${minimumVersion}`,
});
