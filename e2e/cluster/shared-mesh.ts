// The mesh that test files share: a cluster with Istio and Bookinfo. The first file that needs it starts it, every file finds it as
// it was at the start, and it ends with the last file.
import { after, before } from "node:test";
import { startCluster } from "../kubernetes/cluster.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { available } from "../kubernetes/ready.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { startBookinfo } from "./bookinfo.ts";
import { removeController } from "./controller.ts";
import { nothingWritten } from "./written.ts";

/** Kinds of objects that tests make. Namespaces last: they take along what is in them. */
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
  /** Names of the objects that were there at the start. */
  readonly original: ReadonlySet<string>;
}

/** Files that have not ended yet. */
let files = 0;
let running: Running | undefined;

/** To be called in a describe. @returns the cluster, for hooks and tests that come later */
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

/** Undefined where there is none, or where it can't be brought back: then it ends, and the next file gets another. */
async function asAtTheStart(): Promise<Running | undefined> {
  const earlier = running;
  if (earlier === undefined) return undefined;
  running = undefined;
  const begun = performance.now();
  try {
    await reset(earlier);
  } catch (error) {
    console.log(`the mesh can't be brought back to its start, so another one is started: ${(error as Error).message}`);
    await earlier.cluster.stop();
    return undefined;
  }
  console.log(`the mesh is as it was after ${Math.round((performance.now() - begun) / 1000)} s`);
  return earlier;
}

async function reset({ cluster: { kubectl }, original }: Running): Promise<void> {
  await available(kubectl, "istio-system", "istiod");
  await kubectl(["delete", "prioritypolicies", "--all", "-A"]);
  await kubectl(["delete", "priorityladders", "--all"]);
  // With or without a controller: the ladder owns them.
  await nothingWritten(kubectl);
  await removeController(kubectl);
  const added = (await ownerless(kubectl)).filter((item) => !original.has(nameOf(item)));
  const items = added.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    ...{ apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } },
  }));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  if (items.length > 0) await kubectl(["delete", "--ignore-not-found", "-f", "-"], list);
  await startBookinfo(kubectl);
}

/** What somebody made by hand, not another object's controller. */
async function ownerless(kubectl: Kubectl): Promise<readonly Item[]> {
  const { items } = JSON.parse(await kubectl(["get", kinds, "-A", "-o", "json"])) as {
    readonly items: readonly Item[];
  };
  return items.filter(({ metadata }) => metadata.ownerReferences === undefined);
}

const nameOf = ({ kind, metadata }: Item): string => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
