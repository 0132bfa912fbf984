// Reads what a program and everything that it started have used, from the kernel's counters.
import { readFileSync } from "node:fs";
import { childrenOf } from "../../../e2e/control-plane-bench/measure/process.ts";

type Reading = {
  /** CPU time of the program itself, seconds. */
  readonly own: number;
  /** Of its children, whether they have ended or not. */
  readonly children: number;
  /** Processes and threads that were started in this pid namespace, by anybody. */
  readonly started: number;
  /** performance.now(), milliseconds. */
  readonly at: number;
};

/** Clock ticks per second (proc_pid_stat(5)), the same on every Linux that Node runs on. */
const ticks = 100;

/** Between two readings. */
export type Usage = {
  readonly seconds: number;
  /** CPU seconds of the program itself. */
  readonly own: number;
  /** CPU seconds of its children. */
  readonly children: number;
  /** Processes and threads that were started in this pid namespace, by anybody. */
  readonly started: number;
};

export function usageBetween(before: Reading, after: Reading): Usage {
  const started = after.started - before.started;
  return {
    seconds: (after.at - before.at) / 1000,
    own: after.own - before.own,
    children: after.children - before.children,
    // The kernel starts again behind its own 300 pids.
    started: started < 0 ? started + pidMax() - 300 : started,
  };
}

const pidMax = (): number => Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));

export function readUsage(pid: number): Reading {
  const [own, ended] = cpuTimes(pid);
  // A monitor lives as long as the program.
  const living = childrenOf(pid).reduce((sum, child) => sum + cpuTimes(child)[0] + cpuTimes(child)[1], 0);
  return {
    own,
    children: ended + living,
    started: Number(readFileSync("/proc/sys/kernel/ns_last_pid", "utf8")),
    at: performance.now(),
  };
}

/** CPU seconds of a process, and of its children that have ended. Both zero if it is gone. */
function cpuTimes(pid: number): readonly [own: number, ended: number] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number) as [number, number, number, number];
    return [(user + system) / ticks, (endedUser + endedSystem) / ticks];
  } catch {
    return [0, 0];
  }
}
