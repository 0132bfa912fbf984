// Pods that start without a controller: as soon Ready as in a mesh without us, and with the levels' routes, from istiod.
import assert from "node:assert/strict";
import type { Cluster } from "../cluster.ts";
import { median } from "../pod-start.ts";
import { waitUntil } from "../wait.ts";

/** Milliseconds of each pod. */
export type PodTimes = readonly number[];

/** Of a handful of pods on a machine that is busy with load meanwhile; a pod that waited for us would wait for minutes. */
const allowed = 1.5;

/** Prints both medians and their ratio. @throws AssertionError */
export function startsAsBefore(what: string, without: PodTimes, times: PodTimes): void {
  const ratio = median(times) / median(without);
  const list = (some: PodTimes): string => some.map(Math.round).join(" ");
  console.log(
    `pods Ready after, ms: without us ${list(without)}; ${what} ${list(times)}; ratio of the medians ${ratio.toFixed(2)}`,
  );
  assert.ok(ratio < allowed, `ratio ${ratio}`);
}

/** A request that says its level takes the level's own connections from this pod. @throws with the pod's clusters */
export async function levelConnections({ kubectl }: Cluster, pod: string): Promise<void> {
  const exec = (container: string, args: readonly string[]): Promise<string> =>
    kubectl(["-n", "jobs", "exec", pod, "-c", container, "--", ...args]);
  let seen = "";
  const detail = (): string => seen;
  await waitUntil({ what: `${pod} sends by level`, seconds: 15, detail }, async () => {
    await exec("app", ["/program", "get", "http://frontend.bookinfo:9080/home", "x-request-priority: batch"]);
    const clusters = await exec("istio-proxy", ["pilot-agent", "request", "GET", "clusters"]);
    seen = clusters
      .split("\n")
      .filter((line) => line.includes("rq_total") && line.includes("frontend"))
      .join("\n");
    return /expedite-batch\|frontend\S*::rq_total::[1-9]/.test(seen);
  });
}
