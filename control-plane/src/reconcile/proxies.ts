// In: a namespace's proxies as they were last seen. Out: what is certain of all of them: for the order of writes and for status. Pure.
import type { Answer, Wait } from "./next.ts";
import type { Observation } from "./observation.ts";
import type { Labels, ProxyConfiguration, ProxyReport, ResourceType, Workloads, World } from "./ports.ts";

/** The first of Istio whose proxy has what routes choose with. */
const minimum = [1, 30] as const;
export const needed = `${minimum.join(".")} or later`;

/** Milliseconds for which samples have to stay as they are, where an acknowledgement can't be told to be of the same push. */
const grace = 1_000;

/** A proxy that doesn't say its version is taken for a current one, as Istio does. */
export function isSupported({ istioVersion }: Pick<ProxyReport, "istioVersion">): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(istioVersion) ?? [];
  if (major === undefined || minor === undefined) return true;
  return Number(major) > minimum[0] || (Number(major) === minimum[0] && Number(minor) >= minimum[1]);
}

export const isSelected = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Whether an object for `workloads` changes what this proxy gets. */
export function isMeant(workloads: Workloads, report: ProxyReport, labels: Labels): boolean {
  return workloads.isGateway === report.isGateway && isSelected(workloads.selector, labels);
}

export const labelsOf = (pod: World["pod"], report: ProxyReport): Labels =>
  pod(report.namespace, report.pod)?.labels ?? {};

/**
 * Whether all of `members` have taken a push of `type` whose configuration satisfies `holds`. Of those that were sampled the
 * configuration is known, and of the others that they took a push of the same state or a later one.
 */
export function confirmed(
  observation: Observation,
  members: readonly ProxyReport[],
  type: ResourceType,
  holds: (configuration: ProxyConfiguration) => boolean,
  now: number,
): Answer {
  if (members.some(({ exchanges }) => exchanges[type]?.refused !== undefined)) return "refused";
  const good = members.filter((report) => isGood(observation, report, holds));
  return members.every((report) => hasTaken(observation, report, type, good, now)) ? "yes" : "pending";
}

/** Whether a sample is of now, and as it should be. */
export function isGood(
  observation: Observation,
  report: ProxyReport,
  holds: (configuration: ProxyConfiguration) => boolean,
): boolean {
  const sample = observation.sample(report);
  return sample !== undefined && !observation.isOutdated(report) && holds(sample.configuration);
}

/** `good`: samples of proxies for which istiod generates what it generates for this one. */
export function hasTaken(
  observation: Observation,
  report: ProxyReport,
  type: ResourceType,
  good: readonly ProxyReport[],
  now: number,
): boolean {
  const exchange = report.exchanges[type];
  if (exchange !== undefined && (!exchange.isAcknowledged || observation.isBefore(report, type))) return false;
  if (observation.sample(report) !== undefined) return good.includes(report) && !observation.isAhead(report);
  return isAsNew(observation, report, good, type, now);
}

/** As a sample of the same istiod; where that can't be told, the samples have been like this for a while. */
function isAsNew(
  observation: Observation,
  report: ProxyReport,
  good: readonly ProxyReport[],
  type: ResourceType,
  now: number,
): boolean {
  const own = report.exchanges[type]?.version ?? Number.NaN;
  const same = good.filter(({ istiod }) => istiod === report.istiod);
  if (same.length === 0) return false;
  if (own >= Math.min(...same.map(({ exchanges }) => exchanges[type]?.version ?? Number.NaN))) return true;
  const since = Math.max(...same.map((one) => observation.since(observation.sample(one)!.group) ?? now));
  return now - since >= grace;
}

/** What `next` asks of a namespace's proxies. */
export function askProxies(
  observation: Observation,
  namespace: string,
  pod: World["pod"],
  { until, workloads, clusters }: Wait,
  now: number,
): Answer {
  const reports = observation.of(namespace);
  if (reports === undefined || observation.problem !== undefined) return "pending";
  const members = reports.filter((report) => isSupported(report) && isMeant(workloads, report, labelsOf(pod, report)));
  if (until === "have")
    return confirmed(observation, members, "CDS", (has) => clusters.every((name) => has.clusters.includes(name)), now);
  const gone = new Set(clusters);
  return confirmed(observation, members, "RDS", ({ names }) => !names.some((name) => gone.has(name)), now);
}
