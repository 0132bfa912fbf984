// Waits until every proxy has acknowledged istiod's last pushes, as istiod reports them.
import { z } from "zod";
import type { Cluster } from "../../kube/cluster.ts";
import { debugPort } from "../../kube/istiod-pods.ts";
import { resources } from "../../kube/resources.ts";

const syncz = z.array(
  z.looseObject({
    proxy: z.string().default(""),
    resources: z
      .record(z.string(), z.looseObject({ sent: z.string().default(""), acked: z.string().default("") }))
      .default({}),
  }),
);

/** Names of proxies that have not. @throws when an istiod pod does not answer, or there is none */
export async function waitingProxies(cluster: Cluster): Promise<readonly string[]> {
  const pods = await cluster.list(resources.pods, { labels: "app=istiod" });
  if (pods.length === 0) throw new Error("there is no istiod pod");
  const reports = await Promise.all(
    pods.map(async (pod) => syncz.parse(await cluster.get(pod, debugPort, "/debug/syncz"))),
  );
  return reports
    .flat()
    .filter(({ resources }) => Object.values(resources).some(({ sent, acked }) => sent !== acked))
    .map(({ proxy }) => proxy);
}

/** Milliseconds: istiod pushes a change only after its debounce, and until then everything seems to be acknowledged. */
const push = 1_500;
const longest = 10_000;
const blind = 5_000;

/** Resolves with a text about the wait. Never longer than ten seconds, or five if istiod cannot be asked. */
export async function settle(cluster: Cluster, pause: (millis: number) => Promise<void>): Promise<string> {
  await pause(push);
  try {
    for (let waited = push; ; waited += 500) {
      const waiting = await waitingProxies(cluster);
      if (waiting.length === 0) return "every proxy acknowledged";
      if (waited >= longest) return `not acknowledged in ${longest / 1000} s: ${waiting.slice(0, 5).join(", ")}`;
      await pause(500);
    }
  } catch (error) {
    await pause(blind - push);
    return `istiod could not be asked (${(error as Error).message}): waited ${blind / 1000} s instead`;
  }
}
