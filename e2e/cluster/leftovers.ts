// Lists everything that a cluster could leave behind, for a comparison before and after.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { presentCgroups } from "../kubernetes/cgroups.ts";

const list = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** Undefined for a process that ended meanwhile. */
function read(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Whether the test runner started this process for another test file, or one of its ancestors: files with an API server of their own run
 * next to the cluster, and are visible here. The variable is the runner's own (node:test); this process, which is the runner, lacks it.
 */
function isOfAnotherFile(pid: string): boolean {
  for (let at: string | undefined = pid; at !== undefined && at !== "0"; )
    if (read(at, "environ")?.includes("NODE_TEST_CONTEXT=")) return true;
    else at = /^PPid:\t(\d+)$/m.exec(read(at, "status") ?? "")?.[1];
  return false;
}

/** The processes of this pid namespace, and of those within it, by name. */
const processes = (): readonly string[] =>
  list("/proc")
    .filter((name) => /^\d+$/.test(name) && !isOfAnotherFile(name))
    .flatMap((pid) => read(pid, "comm")?.trim() ?? [])
    .sort();

/** Leaves out the mount that `ip netns add` makes of /run/netns itself, the first time. */
const mounts = (): readonly string[] =>
  readFileSync("/proc/self/mounts", "utf8")
    .trim()
    .split("\n")
    .filter((line) => line.split(" ")[1] !== "/run/netns")
    .sort();

export interface Leftovers {
  readonly processes: readonly string[];
  readonly namespaces: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly temporary: readonly string[];
  /** Folders that Kubernetes' programs create on an ordinary machine. */
  readonly folders: readonly string[];
}

const kubernetesFolders = ["/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/usr/libexec/kubernetes", "/etc/cni"];

export const leftovers = (): Leftovers => ({
  processes: processes(),
  namespaces: list("/run/netns"),
  mounts: mounts(),
  cgroups: presentCgroups(),
  temporary: list(tmpdir()),
  folders: kubernetesFolders.filter((folder) => existsSync(folder)),
});
