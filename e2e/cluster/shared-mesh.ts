// The mesh that the test files of one process share: a cluster with Istio and Bookinfo. The first file that needs it starts it, every file
// finds it in its original state, and it ends with the last file.
import { after, before } from "node:test";
import { startCluster } from "../kubernetes/cluster.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { available } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { removeAgents } from "./agents.ts";
import { startBookinfo } from "./bookinfo.ts";
import { removeController } from "./controller.ts";
import { nothingWritten } from "./written.ts";

/** Kinds of objects that tests create. Namespaces come last, because deleting one deletes what is in it. */
const kinds = [
  ...[
    "deployments.apps",
    "pods",
    "services",
    "gateways.gateway.networking.k8s.io",
    "httproutes.gateway.networking.k8s.io",
  ],
  ...[
    "gateways.networking.istio.io",
    "virtualservices",
    "destinationrules",
    "sidecars",
    "serviceentries",
    "envoyfilters",
  ],
  "namespaces",
].join(",");

interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly ownerReferences?: unknown };
}

interface Running {
  readonly cluster: Cluster;
  /** Names of the objects that existed at the start. */
  readonly original: ReadonlySet<string>;
}

/** Files that have not finished yet. */
let files = 0;
let running: Running | undefined;

/** To be called in a describe. @returns a function for later hooks and tests that returns the cluster */
export function sharedMesh(): () => Cluster {
  files += 1;
  before(async () => {
    running = (await asAtTheStart()) ?? (await start());
  });
  after(async () => {
    files -= 1;
    if (files > 0) return;
    await running?.cluster.stop();
    running = undefined;
  });
  return () => running!.cluster;
}

async function start(): Promise<Running> {
  const begun = performance.now();
  const cluster = await startCluster({ istio: true });
  await startBookinfo(cluster.kubectl);
  console.log(`the mesh is ready after ${Math.round((performance.now() - begun) / 1000)} s`);
  return { cluster, original: new Set((await ownerless(cluster.kubectl)).map(nameOf)) };
}

/** Undefined if there is no mesh, or if it can't be reset: then it is stopped, and the next file gets a new one. */
async function asAtTheStart(): Promise<Running | undefined> {
  const earlier = running;
  if (earlier === undefined) return undefined;
  running = undefined;
  const begun = performance.now();
  try {
    await reset(earlier);
  } catch (error) {
    console.log(`the mesh can't be reset, so another one is started: ${(error as Error).message}`);
    await earlier.cluster.stop();
    return undefined;
  }
  console.log(`the mesh was reset after ${Math.round((performance.now() - begun) / 1000)} s`);
  return earlier;
}

async function reset({ cluster: { kubectl }, original }: Running): Promise<void> {
  await available(kubectl, "istio-system", "istiod");
  await kubectl(["delete", "prioritypolicies", "--all", "-A"]);
  await kubectl(["delete", "priorityladders", "--all"]);
  // Works with or without a controller, because the ladder owns them.
  await nothingWritten(kubectl);
  await removeController(kubectl);
  await removeAgents(kubectl);
  const added = (await ownerless(kubectl)).filter((item) => !original.has(nameOf(item)));
  const items = added.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    ...{ apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } },
  }));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  if (items.length > 0) await kubectl(["delete", "--ignore-not-found", "-f", "-"], list);
  await startBookinfo(kubectl);
}

/** Objects that someone created directly, not another object's controller. */
async function ownerless(kubectl: Kubectl): Promise<readonly Item[]> {
  const { items } = JSON.parse(await kubectl(["get", kinds, "-A", "-o", "json"])) as {
    readonly items: readonly Item[];
  };
  return items.filter(({ metadata }) => metadata.ownerReferences === undefined);
}

const nameOf = ({ kind, metadata }: Item): string => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
