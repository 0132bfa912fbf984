// What a process costs, as the kernel counts it: a pid enters, memory and time on a processor leave.
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** proc_pid_stat(5): clock ticks a second, the same on every Linux that Node runs on. */
const ticks = 100;

/** Seconds on a processor since it began, its threads included. @throws when it is gone */
export function cpuSeconds(pid: number): number {
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function kilobytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)![1]);
}

/** Resident memory in megabytes of 1,000,000 bytes. @throws when it is gone */
export const rssMegabytes = (pid: number): number => (kilobytes(pid, "VmRSS") * 1024) / 1e6;

/** The most that it ever was. */
export const peakMegabytes = (pid: number): number => (kilobytes(pid, "VmHWM") * 1024) / 1e6;

/** Empty where it is gone, or has none. */
export function childrenOf(pid: number): readonly number[] {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return [];
  // The kernel lists them by the thread that made them.
  const lists = readdirSync(threads).map((thread) => readFileSync(`${threads}/${thread}/children`, "utf8"));
  return lists.join(" ").split(" ").filter(Boolean).map(Number);
}
