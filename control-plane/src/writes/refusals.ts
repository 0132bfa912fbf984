// Reads which pushes proxies refused according to istiod (NACKs), one by one, and what their messages reveal of the cause. Pure.

import { proxyKey } from "../proxies/sync-status.ts";
import { type ProxyReport, type ResourceType, resourceTypes } from "../reconcile/ports.ts";
import { namesAggregate, namesLevelCluster } from "../render/xds/names.ts";

export type Refusal = {
  readonly report: ProxyReport;
  readonly type: ResourceType;
  readonly message: string;
  /** Proxy, type and message: the same from push to push. */
  readonly text: string;
  readonly nonce: string;
};

export function refusalsOf(report: ProxyReport): readonly Refusal[] {
  return resourceTypes.flatMap((type) => {
    const exchange = report.exchanges[type];
    if (exchange?.refused === undefined) return [];
    const message = exchange.refused;
    return [{ report, type, message, text: `${proxyKey(report)} ${type} ${message}`, nonce: exchange.nonce }];
  });
}

/** Whether the message names something of Expedite's. */
export const namesOurs = (message: string): boolean => message.includes("expedite");

/** Whether the message may be about clusters that istiod makes of subsets: it names one of these, or no cluster of Expedite's. */
export const mayMeanSubsets = (message: string): boolean => namesLevelCluster(message) || !namesAggregate(message);

/** Whether the message may be about clusters that an EnvoyFilter adds. */
export const mayMeanPatches = (message: string): boolean => namesAggregate(message) || !namesLevelCluster(message);
