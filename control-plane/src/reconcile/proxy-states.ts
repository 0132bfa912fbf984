// In: what was seen of the proxies, and what each should have. Out: the state of each, as status and metrics show it. Pure.
import type { Confirmed } from "./confirmed.ts";
import { type Expectation, lacks } from "./expectation.ts";
import type { Observation } from "./observation.ts";
import { type ProxyReport, resourceTypes } from "./ports.ts";
import { hasTaken, isGood, isSupported, needed } from "./proxies.ts";
import type { Pulse } from "./pulse.ts";

export type ProxyState = {
  readonly namespace: string;
  readonly pod: string;
  readonly state: "programmed" | "refused" | "pending" | "unsupported";
  /** Why it is not programmed; empty where it is. */
  readonly reason: string;
};

/** Proxies for which istiod generates the same, with what they should have. */
export type Group = { readonly reports: readonly ProxyReport[]; readonly expected: Expectation };

/** What is remembered of proxies besides the last look. */
export type Memory = {
  readonly observation: Observation;
  readonly confirmed: Confirmed;
  readonly pulse: (report: ProxyReport) => Pulse | undefined;
  readonly now: number;
};

/** Programmed is a proxy only when all that is wanted was seen to be taken: by itself, or by samples of its group of which it is as new. */
export function groupStates(
  { observation, confirmed, pulse, now }: Memory,
  { reports, expected }: Group,
): readonly ProxyState[] {
  const lackOf = (report: ProxyReport): string | undefined => {
    const configuration = observation.sample(report)?.configuration;
    return configuration === undefined ? undefined : lacks(expected, configuration);
  };
  const good = reports.filter((report) => isGood(observation, report, (has) => lacks(expected, has) === undefined));
  const lacking = reports.flatMap((report) => lackOf(report) ?? [])[0];
  // A type that nothing is asked of any more gets no further push.
  const types = resourceTypes.filter((type) => type !== "ECDS" || expected.extensions.size > 0);
  const reasonOf = (report: ProxyReport): string => {
    if (expected.extensions.size > 0 && report.exchanges.ECDS === undefined) return "has not asked for the filter";
    if (observation.sample(report) !== undefined && pulse(report)?.state === "lacking")
      return "its metrics do not have the filter's configuration yet";
    const isTaken = types.every((type) => hasTaken(observation, report, type, good, now));
    if (isTaken) {
      confirmed.confirm(report, expected.id);
      return "";
    }
    const silent = Object.entries(report.exchanges).filter(([, { isAcknowledged }]) => !isAcknowledged);
    const isProven = lackOf(report) !== undefined && !observation.isOutdated(report);
    if (!isProven && confirmed.holds(report, expected.id, silent.length > 0, now)) return "";
    if (silent.length > 0) return `has not acknowledged ${silent.map(([type]) => type).join(", ")}`;
    return lacking ?? "istiod has not been seen to push it yet";
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
