// Gives the programs of a cluster outside of its pods (etcd, the API server, kubelets, the test itself) as much processor time as its pods
// where the kernel groups processes by login session, so that all of them together weigh as much as one other session.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const enabled = "/proc/sys/kernel/sched_autogroup_enabled";
const own = "/proc/self/autogroup";

/** At -3, sched(7) weighs a session 1991, which is about the 2048 of the pods of two nodes (cgroups.ts). */
const nice = -3;

const write = (value: number): void => writeFileSync(own, String(value));

/** @returns a function that restores what was before */
export function weighSessionAsPods(): () => void {
  if (!existsSync(enabled) || readFileSync(enabled, "utf8").trim() !== "1") return () => {};
  const [, before] = /nice (-?\d+)/.exec(readFileSync(own, "utf8")) ?? [];
  if (before === undefined || Number(before) <= nice) return () => {};
  write(nice);
  return () => write(Number(before));
}
