// Measures how much of the machine's CPU time other programs took, to tell whether they disturbed a measurement.
import { readFileSync } from "node:fs";
import { parseCores } from "../measure/cpu.ts";

interface Sample {
  /** Clock ticks of all cores. */
  readonly busy: number;
  readonly total: number;
  /** The part used by this process and its ended children. */
  readonly own: number;
}

function sample(): Sample {
  const cores = parseCores(readFileSync("/proc/stat", "utf8"));
  // utime, stime, cutime and cstime of proc_pid_stat(5).
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    busy: sum(cores.map(({ busy }) => busy)),
    total: sum(cores.map(({ total }) => total)),
    own: sum(fields.slice(11, 15).map(Number)),
  };
}

/** @returns a function that returns the share since this call, 0 to 1; children count once they have ended */
export function watchOthers(): () => number {
  const before = sample();
  return () => {
    const after = sample();
    const others = after.busy - before.busy - (after.own - before.own);
    return Math.max(0, others) / Math.max(1, after.total - before.total);
  };
}
