// In: what was seen of the proxies, and what each should have. Out: the state of each, as status and metrics show it. Pure.
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

/** Programmed is a proxy only when all that is wanted was seen to be taken: by itself, or by samples of its group of which it is as new. */
export function groupStates(
  observation: Observation,
  { reports, expected }: Group,
  pulse: (report: ProxyReport) => Pulse | undefined,
  now: number,
): readonly ProxyState[] {
  const good = reports.filter((report) =>
    isGood(observation, report, (configuration) => lacks(expected, configuration) === undefined),
  );
  const sampled = reports.flatMap((report) => observation.sample(report)?.configuration ?? []);
  const lacking = sampled.flatMap((configuration) => lacks(expected, configuration) ?? [])[0];
  const reasonOf = (report: ProxyReport): string => {
    const exchanges = Object.entries(report.exchanges);
    const pending = exchanges.filter(([, { isAcknowledged }]) => !isAcknowledged).map(([type]) => type);
    if (pending.length > 0) return `has not acknowledged ${pending.join(", ")}`;
    if (expected.extensions.size > 0 && report.exchanges.ECDS === undefined) return "has not asked for the filter";
    // A type that nothing is asked of any more gets no further push.
    const types = resourceTypes.filter((type) => type !== "ECDS" || expected.extensions.size > 0);
    const isTaken = types.every((type) => hasTaken(observation, report, type, good, now));
    if (!isTaken) return lacking ?? "istiod has not been seen to push it yet";
    return pulse(report)?.state === "lacking" ? "its metrics do not have the filter's configuration yet" : "";
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
