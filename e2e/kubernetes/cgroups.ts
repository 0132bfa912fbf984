// Manages the cgroups of a cluster's nodes. They are not tied to a namespace: a kill -9 leaves empty folders, which the next start removes.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const mountPoint = "/sys/fs/cgroup";
const prefix = "expedite-";

/** The hierarchies: one folder each with cgroup v1, the mount point itself with v2. */
function hierarchies(): readonly string[] {
  if (existsSync(join(mountPoint, "cgroup.controllers"))) return [mountPoint];
  return readdirSync(mountPoint).map((name) => join(mountPoint, name));
}

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));

const isEmpty = (cgroup: string): boolean =>
  readFileSync(join(cgroup, "cgroup.procs"), "utf8") === "" && foldersIn(cgroup).every(isEmpty);

/** Milliseconds after which a cgroup without a process is not that of a cluster that is about to start, or to end, beside this one. */
const abandonedAfter = 600_000;

/** Whether a cluster left it behind that is gone. */
function isAbandoned(cgroup: string): boolean {
  try {
    return Date.now() - statSync(cgroup).ctimeMs > abandonedAfter && isEmpty(cgroup);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return false;
  }
}

/** A cgroup in use stays: processes in another run's pid namespace are not visible from here. */
function remove(cgroup: string): void {
  try {
    for (const below of foldersIn(cgroup)) remove(below);
    rmdirSync(cgroup);
  } catch (error) {
    if (!["EBUSY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** The name of a cluster's cgroup, relative to the mount point. Clusters that run at the same time have pid namespaces of their own. */
const clusterCgroup = `${prefix}${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}`;

/** A cgroup v1 cpuset accepts no process until it has processors and memory. */
function inheritCpuset(parent: string, child: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"])
    if (existsSync(join(parent, file))) writeFileSync(join(child, file), readFileSync(join(parent, file)));
}

/** Creates the cgroup that a kubelet is told to stay in (cgroupRoot). @returns its path below the mount point */
export function makeNodeCgroup(node: string): string {
  for (const hierarchy of hierarchies()) {
    const cluster = join(hierarchy, clusterCgroup);
    const own = join(cluster, node);
    mkdirSync(own, { recursive: true });
    inheritCpuset(hierarchy, cluster);
    inheritCpuset(cluster, own);
  }
  return `/${clusterCgroup}/${node}`;
}

export type LimitedCgroup = {
  /** Writing a pid into it puts that process, and whatever it starts, under the limit. */
  readonly procs: string;
  /** The most memory that its processes used at once, including the file pages that they were the first to read. */
  readonly peakBytes: () => number;
};

/**
 * Creates a cgroup of this cluster whose processes together get no more memory than a container with that limit. @throws when the machine
 * has no memory cgroups
 */
export function makeLimitedCgroup(name: string, memoryBytes: number): LimitedCgroup {
  const isV2 = existsSync(join(mountPoint, "cgroup.controllers"));
  const hierarchy = isV2 ? mountPoint : join(mountPoint, "memory");
  const cluster = join(hierarchy, clusterCgroup);
  const own = join(cluster, name);
  mkdirSync(own, { recursive: true });
  if (isV2) for (const parent of [hierarchy, cluster]) writeFileSync(join(parent, "cgroup.subtree_control"), "+memory");
  writeFileSync(join(own, isV2 ? "memory.max" : "memory.limit_in_bytes"), String(memoryBytes));
  const peak = join(own, isV2 ? "memory.peak" : "memory.max_usage_in_bytes");
  return { procs: join(own, "cgroup.procs"), peakBytes: () => Number(readFileSync(peak, "utf8")) };
}

/** Of all clusters on this machine. */
const allCgroups = (): readonly string[] =>
  hierarchies().flatMap((hierarchy) => foldersIn(hierarchy).filter((path) => path.includes(`/${prefix}`)));

/** Removes this cluster's cgroups unless they contain a process, and those that others left behind. */
export function removeCgroups(): void {
  const present = presentCgroups();
  for (const cgroup of allCgroups())
    if (present.includes(cgroup) ? isEmpty(cgroup) : isAbandoned(cgroup)) remove(cgroup);
}

/** The cgroups of this cluster that exist. */
export const presentCgroups = (): readonly string[] =>
  allCgroups().filter((path) => path.endsWith(`/${clusterCgroup}`));
