// Lists everything that a cluster could leave behind, for a comparison before and after.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { presentCgroups } from "../kubernetes/cgroups.ts";

const list = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** Empty for a process that ended meanwhile. */
function nameOf(pid: string): readonly string[] {
  try {
    return [readFileSync(`/proc/${pid}/comm`, "utf8").trim()];
  } catch {
    return [];
  }
}

/** All processes in this pid namespace. */
const processes = (): readonly string[] =>
  list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(nameOf)
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
