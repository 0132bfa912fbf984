// The pod of jobs that sends the loads of fixed-rate.ts, and its proxy: which routes it has, and which connections its requests took.
import assert from "node:assert/strict";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { callerContainer } from "../bookinfo.ts";
import { askProxyForJson, type ProxyOf, sentBySubset } from "../proxy.ts";

export const reviews = "http://reviews.bookinfo:9080";
/** The header of a call that carries its level. */
const batch = "x-request-priority: batch";
/** The headers that the tests send for each level. */
export const headersOf = { batch: [batch], others: [] } as const;
export type LevelOfTest = keyof typeof headersOf;
export const levelsOfTest = Object.keys(headersOf) as readonly LevelOfTest[];

/** The pod that sends the loads. */
async function caller(cluster: Cluster): Promise<ProxyOf> {
  const { pod } = await callerContainer(cluster, "n1");
  return { namespace: "jobs", target: pod };
}

/** A proxy's routes to reviews as text, including the shared ones. @param proxy default: the caller's */
export async function routesToReviews(cluster: Cluster, proxy?: ProxyOf): Promise<string> {
  const path = "config_dump?resource=dynamic_route_configs&name_regex=9080";
  const dump = await askProxyForJson(cluster.kubectl, proxy ?? (await caller(cluster)), path);
  const { configs } = dump as {
    readonly configs: readonly { readonly route_config: { readonly virtual_hosts: readonly { name: string }[] } }[];
  };
  const hosts = configs.flatMap(({ route_config }) => route_config.virtual_hosts);
  const found = hosts.filter(({ name }) => name.startsWith("reviews.bookinfo."));
  assert.ok(found.length > 0, "routes to reviews exist");
  return JSON.stringify(found);
}

/** Requests that the proxy has sent so far over each cluster of reviews, by the cluster's subset. */
export const sentToReviews = async (cluster: Cluster): Promise<Readonly<Record<string, number>>> =>
  sentBySubset(cluster.kubectl, await caller(cluster), "reviews");

/** The difference of two results of sentBySubset: requests on connections of level batch, and on all others. */
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
