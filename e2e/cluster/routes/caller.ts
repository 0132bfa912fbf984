// The pod of jobs that sends the loads of fixed-rate.ts, and its proxy: what it has, and on whose connections it sent requests.
import assert from "node:assert/strict";
import type { Cluster } from "../../kubernetes/cluster.ts";
import { containerOf } from "../../kubernetes/container.ts";
import type { Visit } from "../bookinfo.ts";

export const reviews = "http://reviews.bookinfo:9080";
/** Of a call that says its level. */
export const batch = "x-request-priority: batch";
/** What the tests tell of each level. */
export const headersOf = { batch: [batch], others: [] } as const;
export type LevelOfTest = keyof typeof headersOf;
export const levelsOfTest = Object.keys(headersOf) as readonly LevelOfTest[];

async function exec(cluster: Cluster, container: string, command: readonly string[]): Promise<string> {
  const { pod } = await containerOf(cluster, "jobs", ["-l", "app=caller,version=n1"], "app");
  return cluster.kubectl(["-n", "jobs", "exec", pod, "-c", container, "--", ...command]);
}

/** One request. @throws CommandError with its status */
export async function call(cluster: Cluster, url: string, headers: readonly string[] = []): Promise<Visit> {
  return JSON.parse(await exec(cluster, "app", ["/program", "get", url, ...headers]));
}

/** The proxy's routes to reviews, as text; ours too. */
export async function routesToReviews(cluster: Cluster): Promise<string> {
  const path = "config_dump?resource=dynamic_route_configs&name_regex=9080";
  const text = await exec(cluster, "istio-proxy", ["pilot-agent", "request", "GET", path]);
  const { configs } = JSON.parse(text.slice(text.indexOf("{"))) as {
    readonly configs: readonly { readonly route_config: { readonly virtual_hosts: readonly { name: string }[] } }[];
  };
  const hosts = configs.flatMap(({ route_config }) => route_config.virtual_hosts);
  const found = hosts.filter(({ name }) => name.startsWith("reviews.bookinfo."));
  assert.ok(found.length > 0, "there are routes to reviews");
  return JSON.stringify(found);
}

/** Requests that the proxy sent so far to each cluster of reviews, by the cluster's subset. */
export async function sentTo(cluster: Cluster, host = "reviews"): Promise<Readonly<Record<string, number>>> {
  const text = await exec(cluster, "istio-proxy", ["pilot-agent", "request", "GET", "clusters"]);
  const found: Record<string, number> = {};
  const counters = text.matchAll(/^outbound\|9080\|([^|]*)\|([^.]+)\.\S+::rq_total::(\d+)$/gm);
  for (const [, subset = "", name, count] of counters)
    if (name === host) found[subset] = (found[subset] ?? 0) + Number(count);
  return found;
}

/** Of two answers of sentTo: requests in between on connections of level batch, and on all others. */
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
