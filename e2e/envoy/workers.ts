// Measures the CPU time of each of an Envoy's worker threads.
import { readdirSync, readFileSync } from "node:fs";

/** Envoy's name for a worker thread, cut to the 15 bytes that Linux keeps. */
const workerName = /^wrk:worker_(\d+)/;

/**
 * Milliseconds on a core since its start, for each worker (proc_pid_schedstat: the first number, in nanoseconds). @throws when the process
 * is gone
 */
export function workerTimes(pid: number): readonly number[] {
  const times: number[] = [];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [, index] = workerName.exec(readFileSync(`/proc/${pid}/task/${task}/comm`, "utf8")) ?? [];
    if (index === undefined) continue;
    const [nanoseconds = ""] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    times[Number(index)] = Number(nanoseconds) / 1e6;
  }
  return times;
}
