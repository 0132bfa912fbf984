// Sets up one arm on the site, with queues, redirection and proxies, and takes it down again.
import { readStats } from "../../envoy/admin.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { command } from "../../process/command.ts";
import type { Arm } from "../arms.ts";
import { linkRate, type Profile } from "../profiles.ts";
import { type Observation, observeNodePrograms, reconcileNode, releaseNode } from "./expedite.ts";
import { type Link, shape, unshape } from "./link.ts";
import { type LoadGenerator, startBackup } from "./processes.ts";
import { clearRedirection, inboundPort, redirect } from "./redirection.ts";
import { directTarget, forgetConnections, type Site } from "./site.ts";
import {
  applications,
  backup,
  bottleneckPod,
  client,
  gateway,
  gatewayPort,
  netnsOf,
  replica,
  shapedPods,
  switchName,
  trunkPort,
} from "./topology.ts";

export interface TestbedPlan {
  readonly arm: Arm;
  readonly profile: Profile;
  /** Proxy configurations by pod (expedite.ts); empty without a mesh. */
  readonly proxies: ReadonlyMap<string, unknown>;
  /** The folder with the Kubernetes objects. */
  readonly manifests: string;
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
  /** Congestion controls of the connections that the bottleneck pod has accepted from proxies, sorted. */
  congestion(): Promise<readonly string[]>;
  /** The most requests that the bottleneck pod's workers had at once since this was last asked; 0 if it has none. */
  takeMost(): Promise<number>;
  /** Bytes that the backup has received so far; undefined without one. */
  copied(): Promise<number | undefined>;
  /** Counters of the node programs' classes by pod; empty without node programs. */
  classes(): Promise<Readonly<Record<string, Observation>>>;
  stop(): Promise<void>;
}

const filterStats = "^wasmcustom\\.expedite";

/** Every link of the lab, except those with a queue from a node program. */
function linksOf({ arm, profile }: TestbedPlan): readonly Link[] {
  const narrow = { rate: profile.bottleneck, leaf: arm.queue === "fq_codel" ? "fq_codel" : "pfifo" } as const;
  const wide = { rate: linkRate, leaf: "pfifo" } as const;
  const links = [client, gateway, ...applications, replica, backup]
    .filter(({ name }) => arm.queue !== "levels" || !shapedPods.includes(name))
    .map(({ name }) => ({
      netns: netnsOf(name),
      ...(name === bottleneckPod && arm.bottleneck === "pod" ? narrow : wide),
    }));
  const trunk = { netns: netnsOf(switchName), device: trunkPort, ...narrow };
  return arm.bottleneck === "switch" ? [...links, trunk] : links;
}

const startProxies = ({ proxies }: TestbedPlan): Promise<Envoy[]> =>
  Promise.all([...proxies].map(([pod, bootstrap]) => startEnvoy({ bootstrap, concurrency: 1, netns: netnsOf(pod) })));

async function sumCounters(envoys: readonly Envoy[]): Promise<ReadonlyMap<string, number>> {
  const sum = new Map<string, number>();
  for (const stats of await Promise.all(envoys.map((envoy) => readStats(envoy.admin, filterStats))))
    for (const [name, value] of stats) sum.set(name, (sum.get(name) ?? 0) + value);
  return sum;
}

async function congestionOf(pod: string): Promise<readonly string[]> {
  const args = ["-Htin", "state", "established", "sport", "=", `:${inboundPort}`];
  // With -i, the second line of each connection begins with it.
  const lines = (await command("ss", args, { netns: netnsOf(pod) })).split("\n");
  return [...new Set(lines.flatMap((line) => /^\s+(?:ts )?(?:sack )?([a-z]\w*) /.exec(line)?.[1] ?? []))].sort();
}

/**
 * Node programs are applied before the proxies start, because only connections accepted afterwards answer with the DSCP of their SYN.
 * @throws when a part does not start, after taking down what was started
 */
export async function raiseTestbed(plan: TestbedPlan, site: Site): Promise<Testbed> {
  const { arm, manifests, programs } = plan;
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    for (const link of linksOf(plan)) {
      await shape(link);
      undo.push(() => unshape(link));
    }
    await redirect(arm.mesh);
    undo.push(clearRedirection);
    if (arm.queue === "levels" || arm.scavenger) {
      undo.push(releaseNode);
      await reconcileNode(manifests);
    }
    undo.push(() => forgetConnections(site));
    const bottleneck = site.apps[applications.findIndex(({ name }) => name === bottleneckPod)];
    await bottleneck?.takeMost();
    const envoys = arm.mesh ? await startProxies(plan) : [];
    undo.push(async () => void (await Promise.all(envoys.map((envoy) => envoy.stop()))));
    const copy = arm.backup === "none" ? undefined : await startBackup();
    if (copy !== undefined) undo.push(copy.stop);
    return {
      target: arm.mesh ? `http://${gateway.address}:${gatewayPort}` : directTarget,
      load: site.load,
      pids: { envoys: envoys.map(({ pid }) => pid), apps: site.apps.map(({ pid }) => pid) },
      counters: () => sumCounters(arm.levels ? envoys : []),
      congestion: () => congestionOf(bottleneckPod),
      takeMost: async () => (await bottleneck?.takeMost()) ?? 0,
      copied: async () => copy?.copied(),
      classes: async () => (arm.queue === "levels" ? await observeNodePrograms(programs) : {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
