// One arm's world: links, queues, applications and proxies, raised and taken down again as a whole.
import { readStats } from "../envoy/admin.ts";
import { type Envoy, startEnvoy } from "../envoy/envoy.ts";
import type { Arm } from "./arms.ts";
import { applyNodePrograms, type Observation, observeNodePrograms } from "./expedite.ts";
import { shape } from "./link.ts";
import { buildNetwork, removeNetwork } from "./network.ts";
import { type Application, startApplication } from "./processes.ts";
import { linkRate, type Profile } from "./profiles.ts";
import { redirect } from "./redirection.ts";
import { applications, appPort, bottleneckPod, client, gateway, gatewayPort, netnsOf, shapedPods } from "./topology.ts";
import { forwardings, traceHeaders } from "./trace-headers.ts";

export interface WorldPlan {
  readonly arm: Arm;
  readonly profile: Profile;
  /** What reviews forwards. */
  readonly forward: keyof typeof forwardings;
  /** Proxy configurations by pod (expedite.ts); empty without a mesh. */
  readonly proxies: ReadonlyMap<string, unknown>;
  /** Folder of the node programs. */
  readonly programs: string;
}

export interface World {
  readonly congestionControl: string;
  /** Where the client sends its requests. */
  readonly target: string;
  /** Process ids by group, for cpu.ts. */
  readonly pids: Readonly<Record<"envoys" | "apps", readonly number[]>>;
  /** The filters' counters so far, summed over all proxies; empty without a filter. */
  counters(): Promise<ReadonlyMap<string, number>>;
  /** The node program's classes by pod; empty where there is none. */
  classes(): Promise<Readonly<Record<string, Observation>>>;
  stop(): Promise<void>;
}

const filterStats = "^wasmcustom\\.expedite";

/** Every link of the lab, except those whose queues a node program orders. */
async function shapeLinks({ arm, profile }: WorldPlan): Promise<void> {
  for (const { name } of [client, gateway, ...applications]) {
    if (arm.queue === "levels" && shapedPods.includes(name)) continue;
    const bottleneck = name === bottleneckPod;
    const rate = bottleneck ? profile.bottleneck : linkRate;
    await shape({ netns: netnsOf(name), rate, leaf: bottleneck && arm.queue === "fq_codel" ? "fq_codel" : "pfifo" });
  }
}

const startApplications = ({ profile, forward }: WorldPlan): Promise<Application[]> =>
  Promise.all(
    applications.map((pod) => {
      const service = pod.app as "productpage" | "details" | "reviews" | "ratings";
      const headers = service === "reviews" ? forwardings[forward] : traceHeaders;
      return startApplication(pod, { service, forward: headers, bytes: profile.bytes });
    }),
  );

const startProxies = ({ proxies }: WorldPlan): Promise<Envoy[]> =>
  Promise.all([...proxies].map(([pod, bootstrap]) => startEnvoy({ bootstrap, concurrency: 1, netns: netnsOf(pod) })));

async function sumCounters(envoys: readonly Envoy[]): Promise<ReadonlyMap<string, number>> {
  const sum = new Map<string, number>();
  for (const stats of await Promise.all(envoys.map((envoy) => readStats(envoy.admin, filterStats))))
    for (const [name, value] of stats) sum.set(name, (sum.get(name) ?? 0) + value);
  return sum;
}

/**
 * Node programs come before proxies: only connections accepted afterwards answer in the class of their SYN.
 * @throws when a part does not start; what was started is taken down again
 */
export async function raiseWorld(plan: WorldPlan): Promise<World> {
  const { arm, programs } = plan;
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    await removeNetwork();
  };
  try {
    const { congestionControl } = await buildNetwork();
    await shapeLinks(plan);
    await redirect(arm.mesh);
    if (arm.queue === "levels") await applyNodePrograms(programs);
    const apps = await startApplications(plan);
    running.push(...apps);
    const envoys = arm.mesh ? await startProxies(plan) : [];
    running.push(...envoys);
    const entry = arm.mesh
      ? { address: gateway.address, port: gatewayPort }
      : { address: applications[0]?.address, port: appPort };
    return {
      congestionControl,
      target: `http://${entry.address}:${entry.port}`,
      pids: { envoys: envoys.map(({ pid }) => pid), apps: apps.map(({ pid }) => pid) },
      counters: () => sumCounters(arm.levels ? envoys : []),
      classes: async () => (arm.queue === "levels" ? await observeNodePrograms(programs) : {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
