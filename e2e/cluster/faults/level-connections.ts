// Checks by a proxy's own counters whether a pod's proxy sends requests of a level over the level's own connections.
import assert from "node:assert/strict";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { waitUntil } from "../../process/wait.ts";
import { frontend } from "../bookinfo.ts";
import { controllerLog } from "../controller.ts";
import { sendSome } from "../fixed-rate.ts";
import { type ProxyOf, sentBySubset } from "../proxy.ts";

/** Requests of level batch that a proxy has sent to `host` over that level's connections. */
async function sent({ kubectl }: Cluster, proxy: ProxyOf, host: string): Promise<number> {
  const counts = Object.entries(await sentBySubset(kubectl, proxy, host));
  return counts.reduce((sum, [subset, count]) => sum + (subset.startsWith("expedite-batch") ? count : 0), 0);
}

/**
 * A call from a pod of jobs that carries a level takes that level's connections.
 * @param target a pod's name, or deployment/NAME
 * @throws when it does not
 */
export async function callsByLevel(cluster: Cluster, target: string): Promise<void> {
  const call = ["/program", "get", `${frontend}/home`, "x-request-priority: batch"];
  const proxy = { namespace: "jobs", target };
  await waitUntil({ what: `${target} sends by level`, seconds: 15 }, async () => {
    const before = await sent(cluster, proxy, "frontend");
    await cluster.kubectl(["-n", "jobs", "exec", target, "-c", "app", "--", ...call]);
    return (await sent(cluster, proxy, "frontend")) > before;
  });
}

/** The policy is in effect: the requests that it demotes, and no others, go from the front end to reviews over the level's connections. */
export async function demotes(cluster: Cluster): Promise<void> {
  const proxy = { namespace: "bookinfo", target: "deployment/frontend" };
  const detail = (): Promise<string> => controllerLog(cluster.kubectl);
  const count = (): Promise<number> => sent(cluster, proxy, "reviews");
  await waitUntil({ what: "requests of /export take the level's connections", seconds: 15, detail }, async () => {
    const before = await count();
    const { requests } = await sendSome(cluster, { url: `${frontend}/export/all` });
    return (await count()) === before + requests.length;
  });
  const before = await count();
  await sendSome(cluster, { url: `${frontend}/home` });
  assert.equal(await count(), before);
}
