// The pod of jobs that sends the loads of fixed-rate.ts, and its proxy: which routes it has, and on which connections it sent requests.
import assert from "node:assert/strict";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { callerContainer } from "../bookinfo.ts";
import { askProxyForJson, type ProxyOf, sentBySubset } from "../proxy.ts";

export const reviews = "http://reviews.bookinfo:9080";
/** Of a call that says its level. */
const batch = "x-request-priority: batch";
/** What the tests tell of each level. */
export const headersOf = { batch: [batch], others: [] } as const;
export type LevelOfTest = keyof typeof headersOf;
export const levelsOfTest = Object.keys(headersOf) as readonly LevelOfTest[];

/** The pod that sends the loads. */
async function caller(cluster: Cluster): Promise<ProxyOf> {
  const { pod } = await callerContainer(cluster, "n1");
  return { namespace: "jobs", target: pod };
}

/** The routes to reviews that a proxy has, as text, with the shared ones. @param proxy absent: the caller's */
export async function routesToReviews(cluster: Cluster, proxy?: ProxyOf): Promise<string> {
  const path = "config_dump?resource=dynamic_route_configs&name_regex=9080";
  const dump = await askProxyForJson(cluster.kubectl, proxy ?? (await caller(cluster)), path);
  const { configs } = dump as {
    readonly configs: readonly { readonly route_config: { readonly virtual_hosts: readonly { name: string }[] } }[];
  };
  const hosts = configs.flatMap(({ route_config }) => route_config.virtual_hosts);
  const found = hosts.filter(({ name }) => name.startsWith("reviews.bookinfo."));
  assert.ok(found.length > 0, "there are routes to reviews");
  return JSON.stringify(found);
}

/** Requests that the proxy has sent so far over each cluster of reviews, by the cluster's subset. */
export const sentToReviews = async (cluster: Cluster): Promise<Readonly<Record<string, number>>> =>
  sentBySubset(cluster.kubectl, await caller(cluster), "reviews");

/** Of two answers of sentBySubset: requests in between on connections of level batch, and on all others. */
export function between(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Readonly<Record<LevelOfTest, number>> {
  const sum = (isBatch: boolean): number =>
    Object.entries(after)
      .filter(([subset]) => subset.startsWith("expedite-batch") === isBatch)
      .reduce((total, [subset, count]) => total + count - (before[subset] ?? 0), 0);
  return { batch: sum(true), others: sum(false) };
}
