// Creates the namespaces of a node, which its first process keeps open: killing that process ends every pod of the node and drops its
// mounts.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { netnsFile } from "../addresses.ts";

/**
 * Runs as pid 1. A node writes to /var as on a machine of its own: an overlay over the real one, which does not change. Its mounts are
 * shared downwards, so that a pod's hostPath sees later mounts. The loop reaps orphans.
 */
const init = `
read -r pid rest < /proc/self/stat && mount --make-rprivate / && mount -t proc proc /proc && hostname "$1" &&
mkdir -p "$2/var" "$2/work" /run/netns /run/containerd &&
mount -t overlay overlay -o "lowerdir=/var,upperdir=$2/var,workdir=$2/work" /var &&
mkdir -p /var/lib/kubelet && mount -t tmpfs tmpfs /var/lib/kubelet &&
mount -t tmpfs tmpfs /run/netns && mount -t tmpfs tmpfs /run/containerd &&
mount --make-rshared / && echo "$pid" && while :; do sleep infinity & wait; done`;

const unshare = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"];

export interface Namespaces {
  /** The pid of the node's first process, as this process sees it. */
  readonly pid: number;
  /** Ends everything in them, and resolves once the first process is gone. */
  kill(): Promise<void>;
}

/**
 * @param folder for what the node writes to /var; its file system must support overlays
 * @throws with mount(8)'s message when the machine refuses
 */
export async function openNamespaces(name: string, folder: string): Promise<Namespaces> {
  const args = [`--net=${netnsFile(name)}`, "--", ...unshare, "sh", "-c", init, "node", name, folder];
  const child = spawn("nsenter", args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const { value: pid } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (pid === undefined) throw new Error(`${name} has no namespaces: ${said.trim()}`);
  const kill = async (): Promise<void> => {
    // unshare, its parent, reaps it and ends: if both were killed directly, both would be left to whatever is pid 1 here.
    if (child.exitCode === null && child.signalCode === null) process.kill(Number(pid), "SIGKILL");
    await ended;
  };
  return { pid: Number(pid), kill };
}

/** Options of nsenter(1). */
export const enter = (pid: number): readonly string[] => [
  `--target=${pid}`,
  ...["--mount", "--net", "--pid", "--uts", "--ipc"],
];
