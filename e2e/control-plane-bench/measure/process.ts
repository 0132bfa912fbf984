// Reads a process's memory and CPU time from the kernel's counters.
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second (proc_pid_stat(5)), the same on every Linux that Node runs on. */
const ticks = 100;

/** CPU seconds since its start, including all threads. @throws when the process is gone */
export function cpuSeconds(pid: number): number {
  // The second field is the program's name in parentheses, which may contain anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function kilobytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)![1]);
}

/** Resident memory in megabytes of 1,000,000 bytes. @throws when the process is gone */
export const rssMegabytes = (pid: number): number => (kilobytes(pid, "VmRSS") * 1024) / 1e6;

/** The peak of its resident memory. */
export const peakMegabytes = (pid: number): number => (kilobytes(pid, "VmHWM") * 1024) / 1e6;

/** Empty if the process is gone or has no children. */
export function childrenOf(pid: number): readonly number[] {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return [];
  // The kernel lists children by the thread that created them.
  const lists = readdirSync(threads).map((thread) => readFileSync(`${threads}/${thread}/children`, "utf8"));
  return lists.join(" ").split(" ").filter(Boolean).map(Number);
}
