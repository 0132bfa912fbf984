// In: a proxy as istiod tells of it, and its pod's labels. Out: whether it is one for us, and which objects are for it. Pure.
import type { CacheState, Labels, ProxyReport, Workloads } from "../reconcile/ports.ts";

/** The first of Istio whose proxy has what routes choose with. */
const minimum = [1, 30] as const;
export const needed = `${minimum.join(".")} or later`;

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

export const labelsOf = (pod: CacheState["pod"], report: ProxyReport): Labels =>
  pod(report.namespace, report.pod)?.labels ?? {};
