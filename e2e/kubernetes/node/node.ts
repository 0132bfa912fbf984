// Starts one node: containerd, kubelet and kube-proxy in namespaces of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Image } from "../../../release/images/shipped.ts";
import { command } from "../../process/command.ts";
import { type Process, startProcess, tailOf } from "../../process/process.ts";
import { waitUntil } from "../../process/wait.ts";
import { nodeAddress, nodeName } from "../addresses.ts";
import { binaryOf, parts } from "../build/parts.ts";
import { makeNodeCgroup } from "../cgroups.ts";
import { archiveOf, images } from "../images/images.ts";
import { cni, containerd, containerdSocket, kubelet, kubeProxy } from "./configuration.ts";
import { enter, openNamespaces } from "./namespaces.ts";

export interface Node {
  readonly name: string;
  /** The address of its uplink. */
  readonly address: string;
  /** The pid of its first process: `nsenter --target=PID --mount --net --pid` enters its namespaces. */
  readonly pid: number;
  /** The last lines of its programs' logs. */
  tail(): string;
  /** Runs ctr(8) on its containerd, in the namespace of the kubelet's containers: works while the API server is down. */
  readonly ctr: Ctr;
  /** Resolves once the images are in its store. */
  readonly imported: Promise<void>;
  /** Ends it with all of its pods, like a power cut. */
  kill(): Promise<void>;
}

export interface NodeOptions {
  /** The folder that pki.ts filled. */
  readonly pki: string;
  /** A folder for data and logs. */
  readonly state: string;
  /** The images that its pods may run. */
  readonly images: readonly Image[];
}

interface Folders {
  readonly pki: string;
  /** The folder for this node's own files. */
  readonly own: string;
}

function writeConfiguration(number: number, { own, pki }: Folders): void {
  mkdirSync(join(own, "cni"), { recursive: true });
  const cgroup = makeNodeCgroup(nodeName(number));
  const files = {
    "cni/10-pods.conflist": cni(number),
    "containerd.toml": containerd(own),
    "kubelet.json": kubelet(number, { own, pki, cgroup }),
    "kube-proxy.json": kubeProxy(number, pki),
    "resolv.conf": "", // only names of the cluster resolve
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
}

function kubeletArgs(number: number, { own, pki }: Folders): readonly string[] {
  return [
    ...["kubelet", `--config=${join(own, "kubelet.json")}`, `--kubeconfig=${join(pki, `${nodeName(number)}.conf`)}`],
    ...[`--hostname-override=${nodeName(number)}`, `--node-ip=${nodeAddress(number)}`],
    `--cert-dir=${join(own, "certificates")}`,
  ];
}

const kubernetes = binaryOf(parts.kubernetes);

/** Runs ctr(8) with these arguments. @throws CommandError */
type Ctr = (args: readonly string[]) => Promise<string>;

async function importImages(ctr: Ctr, chosen: readonly Image[]): Promise<void> {
  for (const image of chosen) await ctr(["images", "import", archiveOf(image)]);
}

/**
 * @param started collects what ends the programs that this starts
 * @throws when its namespaces can't be created, or containerd does not answer
 */
export async function startNode(
  number: number,
  { pki, state, images: chosen }: NodeOptions,
  started: AsyncDisposableStack,
): Promise<Node> {
  const name = nodeName(number);
  const folders = { pki, own: join(state, name) };
  writeConfiguration(number, folders);
  const namespaces = await openNamespaces(name, folders.own);
  const { pid } = namespaces;
  const processes: Process[] = [];
  // They are reaped by their nsenter processes: killing these before the namespaces would leave zombies that the kernel waits for.
  const kill = async (): Promise<void> => {
    await namespaces.kill();
    await Promise.all(processes.map(({ ended }) => ended));
  };
  started.defer(kill);
  const start = (program: string, args: readonly string[]): Process => {
    const log = join(folders.own, `${program}.log`);
    const process = startProcess({
      name: `${name} ${program}`,
      enter: enter(pid),
      command: args,
      log,
      home: folders.own,
    });
    processes.push(process);
    return process;
  };
  const ctr: Ctr = (args) => {
    const call = [binaryOf(parts.containerd, "ctr"), `--address=${containerdSocket}`, "--namespace=k8s.io", ...args];
    return command("nsenter", [...enter(pid), "--", ...call]);
  };
  const runtime = start("containerd", [binaryOf(parts.containerd), `--config=${join(folders.own, "containerd.toml")}`]);
  await waitUntil({ what: `${name}'s containerd answers`, seconds: 30, detail: runtime.tail }, async () => {
    await ctr(["version"]);
    return true;
  });
  await ctr(["images", "import", archiveOf(images.pause)]);
  const imported = importImages(ctr, chosen);
  imported.catch(() => {}); // awaiting `imported` reports it
  start("kubelet", [kubernetes, ...kubeletArgs(number, folders)]);
  start("kube-proxy", [kubernetes, "kube-proxy", `--config=${join(folders.own, "kube-proxy.json")}`]);
  return { name, address: nodeAddress(number), pid, ctr, imported, kill, tail: () => tailOf(processes) };
}
