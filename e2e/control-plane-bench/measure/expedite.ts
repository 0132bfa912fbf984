// Measures what Expedite's controller costs in a mesh of a given size: first convergence, changes of a policy, memory, idling, and the
// objects that it writes.
import { setTimeout as sleep } from "node:timers/promises";
import { enrolledNamespace } from "../mesh/objects.ts";
import { startController } from "../site/controller.ts";
import type { Site } from "../site/site.ts";
import { parseExposition, sum } from "./exposition.ts";
import { istiodIdle } from "./mesh.ts";
import { cpuSeconds, peakMegabytes, rssMegabytes } from "./process.ts";
import { watchWrites } from "./writes.ts";

export interface ExpediteCost {
  /** From the start of the program to the last object of the first convergence. */
  readonly firstSeconds: number;
  /** From sending a changed policy to the first changed object of Expedite's in its namespace. */
  readonly changeMillis: readonly number[];
  /** Resident memory when it first reports that everything is listed. */
  readonly startMegabytes: number;
  readonly rssMegabytes: number;
  readonly peakMegabytes: number;
  /** The Deployment's memory limit, which its cgroup has here. */
  readonly limitMegabytes: number;
  readonly idleCpuPercent: number;
  /** Writes while idle: seen by the bench's watch, and in `idleRequests` counted by the API server. */
  readonly idleApplies: number;
  readonly idleRequests: number;
  /** Expedite's objects in the cluster. */
  readonly objects: number;
  /** What istiod used for the first convergence, and its memory afterwards. */
  readonly istiodCpuSeconds: number;
  readonly istiodRssMegabytes: number;
}

const group = "/apis/expedite.dev/v1alpha1";

const ladder = {
  apiVersion: "expedite.dev/v1alpha1",
  kind: "PriorityLadder",
  metadata: { name: "default" },
  spec: {
    mode: "Enforce",
    levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1", minShare: "5%" }],
    defaultLevel: "interactive",
  },
};

const ladderPath = `${group}/priorityladders/default`;

/** With clusters by level only for the Services of the first enrolled namespace. */
const listing = {
  ...ladder,
  spec: { ...ladder.spec, levelClusters: { hosts: [`*.${enrolledNamespace(0)}.svc.cluster.local`] } },
};

const policyPath = (namespace: string): string => `${group}/namespaces/${namespace}/prioritypolicies/bench`;

const policy = (namespace: string, prefix: string): unknown => ({
  apiVersion: "expedite.dev/v1alpha1",
  kind: "PriorityPolicy",
  metadata: { name: "bench", namespace },
  spec: { rules: [{ name: "exports", match: { path: { prefix } }, level: "batch" }] },
});

/** Writes of every client, except leases: while nothing else happens, only the controller sends any. */
async function mutations({ api }: Site): Promise<number> {
  const samples = parseExposition(await api.text("GET", "/metrics"));
  const groups = ["networking.istio.io", "expedite.dev"];
  const verbs = ["APPLY", "PATCH", "PUT", "POST", "DELETE"];
  return groups
    .flatMap((name) => verbs.map((verb) => sum(samples, "apiserver_request_total", { group: name, verb })))
    .reduce((a, b) => a + b);
}

/** Lets the ladder list 20 Services while something is measured, and takes the list back. */
type WithList = (work: () => Promise<void>) => Promise<void>;

/** Installs Expedite, measures, calls `during` while it runs, and removes everything again. */
export async function measureExpedite(
  site: Site,
  settings: { readonly namespaces: number; readonly changes: number; readonly idleSeconds: number },
  during: (withList: WithList) => Promise<void>,
): Promise<ExpediteCost> {
  const { api, istiod } = site;
  const namespaces = Array.from({ length: settings.namespaces }, (_, index) => enrolledNamespace(index));
  await api.apply(ladderPath, ladder);
  for (const namespace of namespaces) await api.apply(policyPath(namespace), policy(namespace, "/export"));
  const istiodBefore = cpuSeconds(istiod.pid);
  const writes = await watchWrites(api);
  const began = performance.now();
  const controller = await startController(site);
  const startMegabytes = rssMegabytes(controller.process.pid);
  try {
    const firstSeconds = ((await writes.quiet(10)) - began) / 1000;
    const objects = new Set(writes.seen.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`)).size;
    if (objects === 0) throw new Error(`the controller wrote nothing:\n${controller.process.tail()}`);
    await istiodIdle(site);
    const afterFirst = { cpu: cpuSeconds(istiod.pid), rss: rssMegabytes(istiod.pid) };
    const changeMillis: number[] = [];
    for (let change = 0; change < settings.changes; change++) {
      const namespace = namespaces[change % namespaces.length]!;
      const known = writes.seen.length;
      const sent = performance.now();
      await api.apply(policyPath(namespace), policy(namespace, `/export-${change}`));
      await writes.quiet(3);
      const applied = writes.seen
        .slice(known)
        .find((write) => write.kind === "EnvoyFilter" && write.namespace === namespace);
      if (applied === undefined)
        throw new Error(
          `no object of Expedite's followed a changed policy in ${namespace}:\n${controller.process.tail()}`,
        );
      changeMillis.push(applied.at - sent);
    }
    const settle = async (wanted: typeof ladder): Promise<void> => {
      await api.apply(ladderPath, wanted);
      await writes.quiet(10);
      await istiodIdle(site);
    };
    await during(async (work) => {
      await settle(listing);
      await work();
      await settle(ladder);
    });
    await writes.quiet(10);
    const idle = {
      writes: writes.seen.length,
      requests: await mutations(site),
      cpu: cpuSeconds(controller.process.pid),
    };
    await sleep(settings.idleSeconds * 1000);
    return {
      firstSeconds,
      changeMillis,
      startMegabytes,
      limitMegabytes: controller.limitMegabytes,
      rssMegabytes: rssMegabytes(controller.process.pid),
      peakMegabytes: peakMegabytes(controller.process.pid),
      idleCpuPercent: ((cpuSeconds(controller.process.pid) - idle.cpu) / settings.idleSeconds) * 100,
      idleApplies: writes.seen.length - idle.writes,
      idleRequests: (await mutations(site)) - idle.requests,
      objects,
      istiodCpuSeconds: afterFirst.cpu - istiodBefore,
      istiodRssMegabytes: afterFirst.rss,
    };
  } finally {
    // Deleting the ladder removes everything that Expedite wrote, in the controller's order; the garbage collector removes the rest.
    await api.text("DELETE", ladderPath);
    await writes.quiet(10);
    await controller.stop();
    writes.stop();
    for (const namespace of namespaces) await api.text("DELETE", policyPath(namespace));
    await istiodIdle(site);
  }
}
