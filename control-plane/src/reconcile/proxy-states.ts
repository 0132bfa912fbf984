// In: what istiod says of the proxies, and of some what it generates. Out: the state of each, as status and metrics show it. Pure.
import type { Plan } from "../core/plan.ts";
import { expectedOf } from "../render/istio/expected.ts";
import type { ProxyConfiguration, ProxyReport } from "./ports.ts";

export type ProxyState = {
  readonly namespace: string;
  readonly pod: string;
  readonly state: "programmed" | "refused" | "pending" | "unsupported";
  /** Why it is not programmed; empty where it is. */
  readonly reason: string;
};

/** The first of Istio whose proxy has what routes choose with. */
const minimum = [1, 30] as const;

/** Proxies of enrolled namespaces, and the gateways that classify. `lacking`: namespace/pod → what its generated configuration lacks. */
export function proxyStates(
  plan: Plan,
  reports: readonly ProxyReport[],
  lacking: ReadonlyMap<string, string>,
): readonly ProxyState[] {
  const enrolled = new Set(plan.enrolments.map(({ namespace }) => namespace));
  const optedOut = new Set(
    plan.enrolments.flatMap(({ namespace, optedOut: pods }) => pods.map((pod) => `${namespace}/${pod}`)),
  );
  const isGateway = ({ namespace, pod }: ProxyReport): boolean =>
    plan.gateways.some((gateway) => gateway.namespace === namespace && pod.startsWith(`${gateway.name}-`));
  return reports
    .filter((report) => (report.isGateway ? isGateway(report) : enrolled.has(report.namespace)))
    .filter(({ namespace, pod }) => !optedOut.has(`${namespace}/${pod}`))
    .map((report): ProxyState => ({ namespace: report.namespace, pod: report.pod, ...stateOf(report, lacking) }))
    .sort((a, b) => (`${a.namespace}/${a.pod}` < `${b.namespace}/${b.pod}` ? -1 : 1));
}

function stateOf(
  { namespace, pod, istioVersion, pending, refused, hasExtensions }: ProxyReport,
  lacking: ReadonlyMap<string, string>,
): Pick<ProxyState, "state" | "reason"> {
  if (!isSupported(istioVersion))
    return { state: "unsupported", reason: `Istio ${istioVersion}; needed: ${minimum.join(".")} or later` };
  if (refused !== undefined) return { state: "refused", reason: `${refused.type}: ${refused.message}` };
  if (pending.length > 0) return { state: "pending", reason: `has not acknowledged ${pending.join(", ")}` };
  if (!hasExtensions) return { state: "pending", reason: "has not asked for the filter" };
  const lacks = lacking.get(`${namespace}/${pod}`);
  return lacks === undefined ? { state: "programmed", reason: "" } : { state: "pending", reason: lacks };
}

/** A proxy that doesn't say its version is taken for a current one, as Istio does. */
function isSupported(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return true;
  return Number(major) > minimum[0] || (Number(major) === minimum[0] && Number(minor) >= minimum[1]);
}

/** What a proxy's generated configuration lacks of what the plan has for it: an acknowledged patch that matched nothing. */
export function lacks(plan: Plan, report: ProxyReport, configuration: ProxyConfiguration): string | undefined {
  if (plan.mode === "Off") return undefined;
  const { extensions, clusters, routes } = configuration;
  const has = (prefix: string): boolean => Object.keys(extensions).some((name) => name.startsWith(prefix));
  const roles = report.isGateway ? ["expedite-gateway"] : ["expedite-inbound", "expedite-outbound"];
  const missing = roles.filter((role) => !has(role));
  if (missing.length > 0) return `lacks ${missing.join(", ")}`;
  const enrolment = plan.enrolments.find(({ namespace }) => namespace === report.namespace);
  if (plan.mode === "Observe" || report.isGateway || enrolment === undefined) return undefined;
  const { aggregates, choosesByLevel } = expectedOf(enrolment);
  if (aggregates && !clusters.some((name) => name.startsWith("expedite|"))) return "lacks the levels' clusters";
  return choosesByLevel && routes === 0 ? "has no route that chooses by level" : undefined;
}
