/// <reference lib="esnext.disposable" />
// Starts a real Kubernetes on this machine. It works only inside the private namespaces of setup/main.mjs: however that program ends, the
// kernel then removes every part.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { scaleLimits, timeout } from "../process/limit.ts";
import { runBeside } from "../process/run.ts";
import { waitUntil } from "../process/wait.ts";
import { controlPlaneName, netnsFile } from "./addresses.ts";
import { isKind } from "./build/requirements.ts";
import { presentCgroups, removeCgroups } from "./cgroups.ts";
import { type Kubectl, startControlPlane } from "./control-plane.ts";
import { startDns } from "./dns.ts";
import { images } from "./images/images.ts";
import { startIstio } from "./istio.ts";
import { startKind } from "./kind/kind.ts";
import { buildNetwork, removeNetwork } from "./network.ts";
import { type Node, startNode } from "./node/node.ts";
import { writePki } from "./pki.ts";
import type { Cluster, ClusterOptions } from "./running-cluster.ts";

/** @throws when the machine's own network is visible, because a cluster would change it */
function checkPrivate(): void {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== "lo");
  if (others.length > 0)
    throw new Error(
      `a cluster runs in private namespaces, and this one has ${others.join(", ")}: npm run test:cluster`,
    );
}

/** Seconds until the nodes are ready and names resolve, on two quiet cores. */
const quietStart = 10;

/** The images on every node. */
const imagesOf = (istio: boolean) => [
  ...[images.coredns, images.app],
  ...(istio ? [images.pilot, images.proxy, images.controller, images.nodeAgent] : []),
];

async function waitForNodes(kubectl: Kubectl, nodes: readonly Node[]): Promise<void> {
  const detail = (): string => nodes.map((node) => node.tail()).join("\n");
  await waitUntil({ what: "every node is registered", seconds: 60, detail }, async () => {
    const names = await kubectl(["get", "nodes", "-o", "name"]);
    return names.split("\n").filter(Boolean).length === nodes.length;
  });
  await kubectl(["wait", "--for=condition=Ready", "node", "--all", timeout(60)]);
  await Promise.all(nodes.map(({ imported }) => imported));
}

/** @throws when cgroups remain that contain a process */
const dropCgroups = (): Promise<void> =>
  waitUntil({ what: "the nodes' cgroups are gone", seconds: 30 }, () => {
    removeCgroups();
    return presentCgroups().length === 0;
  });

/** All clusters have the same names and addresses, so there is one at a time in the namespaces of a test process. */
let isRunning = false;

/** @throws when a part does not start, after ending those that did */
export async function startCluster({ nodes: count = 2, istio = false }: ClusterOptions = {}): Promise<Cluster> {
  if (!Number.isInteger(count) || count < 0 || count > 9)
    throw new Error(`nodes: ${count} is not allowed; a whole number from 0 to 9`);
  if (istio && count === 0) throw new Error("nodes: 0 has nowhere to run istiod; 1 to 9 with istio: true");
  if (isKind) return startKind({ nodes: count, istio });
  if (isRunning)
    throw new Error(
      "this process already runs a cluster; setup/test.mjs starts files that need their own cluster first",
    );
  checkPrivate();
  // Without nodes there are no cgroups of this cluster, and those of another cluster on this machine belong to it.
  if (count > 0) removeCgroups();
  const start = performance.now();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await using started = new AsyncDisposableStack();
  isRunning = true;
  started.defer(() => {
    isRunning = false;
  });
  const folder = mkdtempSync(join(tmpdir(), "cluster-"));
  started.defer(() => rmSync(folder, { recursive: true, force: true }));
  if (count > 0) started.defer(dropCgroups);
  const pki = join(folder, "pki");
  mkdirSync(pki);
  await writePki(pki, numbers);
  await buildNetwork(numbers);
  started.defer(() => removeNetwork(numbers));
  const { kubectl, apiServer } = await startControlPlane(pki, folder, started);
  const nodes: Node[] = [];
  const options = { pki, state: folder, images: imagesOf(istio) };
  for (const number of numbers) nodes.push(await startNode(number, options, started));
  if (count > 0) {
    await waitForNodes(kubectl, nodes);
    await startDns(kubectl);
    scaleLimits((performance.now() - start) / 1000, quietStart);
  }
  if (istio) await startIstio(kubectl);
  const running = started.move();
  return {
    kubectl,
    nodes,
    apiServer,
    run: (command) =>
      runBeside(["nsenter", `--net=${netnsFile(controlPlaneName)}`, ...command], {
        KUBECONFIG: join(pki, "admin.conf"),
      }),
    stop: () => running.disposeAsync(),
  };
}
