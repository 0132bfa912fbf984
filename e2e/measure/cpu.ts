// Measures how busy the machine was between two samples of /proc.
import { readFileSync } from "node:fs";

export interface CpuSample {
  /** Per core, in clock ticks since boot. */
  readonly cores: readonly { readonly busy: number; readonly total: number }[];
  /** Per group of processes, in clock ticks. */
  readonly groups: Readonly<Record<string, number>>;
  /** performance.now() of the sample, milliseconds. */
  readonly at: number;
}

export interface CpuShares {
  /** The busy share of the busiest core, 0 to 1. */
  readonly busiestCore: number;
  /** CPU seconds per second of the whole machine, at most its number of cores. */
  readonly machine: number;
  /** CPU seconds per second, by group of processes: 1 is one whole core. */
  readonly groups: Readonly<Record<string, number>>;
}

/** Above this, requests may be waiting for the core itself. */
export const cpuBoundShare = 0.85;

/** USER_HZ, which Linux fixes at 100 for every interface to user space. */
const ticksPerSecond = 100;

/** Lines `cpuN user nice system idle iowait irq softirq steal …` of /proc/stat (proc_stat(5)). Stolen time is busy. */
export function parseCores(stat: string): CpuSample["cores"] {
  return [...stat.matchAll(/^cpu\d+ (.+)$/gm)].map(([, fields = ""]) => {
    const times = fields.split(" ").slice(0, 8).map(Number);
    const total = times.reduce((sum, time) => sum + time, 0);
    return { busy: total - (times[3] ?? 0) - (times[4] ?? 0), total };
  });
}

/** utime + stime of /proc/PID/stat (proc_pid_stat(5)); the command's name in it may contain spaces. */
export function parseProcess(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** @throws when a process has ended */
export function sampleCpu(groups: Readonly<Record<string, readonly number[]>>): CpuSample {
  const ticks = (pids: readonly number[]): number =>
    pids.reduce((sum, pid) => sum + parseProcess(readFileSync(`/proc/${pid}/stat`, "utf8")), 0);
  return {
    cores: parseCores(readFileSync("/proc/stat", "utf8")),
    groups: Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, ticks(pids)])),
    at: performance.now(),
  };
}

export function cpuBetween(before: CpuSample, after: CpuSample): CpuShares {
  const seconds = Math.max((after.at - before.at) / 1000, 1e-3);
  const cores = after.cores.map((core, index) => {
    const earlier = before.cores[index] ?? { busy: 0, total: 0 };
    return { busy: core.busy - earlier.busy, total: Math.max(core.total - earlier.total, 1) };
  });
  const share = (name: string): number =>
    ((after.groups[name] ?? 0) - (before.groups[name] ?? 0)) / ticksPerSecond / seconds;
  return {
    busiestCore: Math.max(0, ...cores.map(({ busy, total }) => busy / total)),
    machine: cores.reduce((sum, { busy }) => sum + busy, 0) / ticksPerSecond / seconds,
    groups: Object.fromEntries(Object.keys(after.groups).map((name) => [name, share(name)])),
  };
}
