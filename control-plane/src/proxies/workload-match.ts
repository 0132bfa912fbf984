// Decides which proxies an object of Expedite's is for, by its workload selector and the labels of a proxy's pod, and which proxies are too
// old for it. Pure.
import { isSelected } from "../core/labels.ts";
import type { CacheState, Labels, ProxyReport, Workloads } from "../reconcile/ports.ts";

/** The first version of Istio whose proxy has what shared routes need. */
const minimum = [1, 30] as const;
export const minimumVersion = `${minimum.join(".")} or later`;

/** A proxy that doesn't report its version counts as current, as it does for Istio. */
export function isSupported({ istioVersion }: Pick<ProxyReport, "istioVersion">): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(istioVersion) ?? [];
  if (major === undefined || minor === undefined) return true;
  return Number(major) > minimum[0] || (Number(major) === minimum[0] && Number(minor) >= minimum[1]);
}

/** Whether an object for `workloads` changes this proxy's configuration. */
export function matchesWorkloads(workloads: Workloads, report: ProxyReport, labels: Labels): boolean {
  return workloads.isGateway === report.isGateway && isSelected(workloads.selector, labels);
}

export const labelsOf = (pod: CacheState["pod"], report: ProxyReport): Labels =>
  pod(report.namespace, report.pod)?.labels ?? {};
