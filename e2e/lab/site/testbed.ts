// Sets up one arm on the site, with queues, redirection and proxies, and takes it down again.
import { readStats } from "../../envoy/admin.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import type { Arm } from "../arms.ts";
import { linkRate, type Profile } from "../profiles.ts";
import { applyNodePrograms, type Observation, observeNodePrograms, removeNodePrograms } from "./expedite.ts";
import { type Link, shape, unshape } from "./link.ts";
import type { LoadGenerator } from "./processes.ts";
import { clearRedirection, redirect } from "./redirection.ts";
import { directTarget, forgetConnections, type Site } from "./site.ts";
import { applications, bottleneckPod, client, gateway, gatewayPort, netnsOf, shapedPods } from "./topology.ts";

export interface TestbedPlan {
  readonly arm: Arm;
  readonly profile: Profile;
  /** Proxy configurations by pod (expedite.ts); empty without a mesh. */
  readonly proxies: ReadonlyMap<string, unknown>;
  /** The folder with the node programs. */
  readonly programs: string;
}

export interface Testbed {
  readonly load: LoadGenerator;
  /** Where the client sends its requests. */
  readonly target: string;
  /** Process ids by group, for cpu.ts. */
  readonly pids: Readonly<Record<"envoys" | "apps", readonly number[]>>;
  /** The filters' counters so far, summed over all proxies; empty without a filter. */
  counters(): Promise<ReadonlyMap<string, number>>;
  /** Counters of the node programs' classes by pod; empty without node programs. */
  classes(): Promise<Readonly<Record<string, Observation>>>;
  stop(): Promise<void>;
}

const filterStats = "^wasmcustom\\.expedite";

/** Every link of the lab, except those with a queue from a node program. */
function linksOf({ arm, profile }: TestbedPlan): readonly Link[] {
  return [client, gateway, ...applications]
    .filter(({ name }) => arm.queue !== "levels" || !shapedPods.includes(name))
    .map(({ name }) => {
      const netns = netnsOf(name);
      if (name !== bottleneckPod) return { netns, rate: linkRate, leaf: "pfifo" };
      return { netns, rate: profile.bottleneck, leaf: arm.queue === "fq_codel" ? "fq_codel" : "pfifo" };
    });
}

const startProxies = ({ proxies }: TestbedPlan): Promise<Envoy[]> =>
  Promise.all([...proxies].map(([pod, bootstrap]) => startEnvoy({ bootstrap, concurrency: 1, netns: netnsOf(pod) })));

async function sumCounters(envoys: readonly Envoy[]): Promise<ReadonlyMap<string, number>> {
  const sum = new Map<string, number>();
  for (const stats of await Promise.all(envoys.map((envoy) => readStats(envoy.admin, filterStats))))
    for (const [name, value] of stats) sum.set(name, (sum.get(name) ?? 0) + value);
  return sum;
}

/**
 * Node programs are applied before the proxies start, because only connections accepted afterwards answer with the DSCP of their SYN.
 * @throws when a part does not start, after taking down what was started
 */
export async function raiseTestbed(plan: TestbedPlan, site: Site): Promise<Testbed> {
  const { arm, programs } = plan;
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    for (const link of linksOf(plan)) {
      await shape(link);
      undo.push(() => unshape(link.netns));
    }
    await redirect(arm.mesh);
    undo.push(clearRedirection);
    if (arm.queue === "levels") {
      undo.push(removeNodePrograms);
      await applyNodePrograms(programs);
    }
    undo.push(() => forgetConnections(site));
    const envoys = arm.mesh ? await startProxies(plan) : [];
    undo.push(async () => void (await Promise.all(envoys.map((envoy) => envoy.stop()))));
    return {
      target: arm.mesh ? `http://${gateway.address}:${gatewayPort}` : directTarget,
      load: site.load,
      pids: { envoys: envoys.map(({ pid }) => pid), apps: site.apps.map(({ pid }) => pid) },
      counters: () => sumCounters(arm.levels ? envoys : []),
      classes: async () => (arm.queue === "levels" ? await observeNodePrograms(programs) : {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
