// Gives one worker of Envoy a core of its own and the load generator another, so that the kernel moves neither.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { command } from "../process/command.ts";

function workerThreads(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).filter((id) =>
    readFileSync(`/proc/${pid}/task/${id}/comm`, "utf8").startsWith("wrk:worker_"),
  );
}

/** @returns false if there is only one core */
export async function pin(envoy: number, generator: number): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  for (const id of workerThreads(envoy)) await command("taskset", ["--pid", "--cpu-list", "1", id]);
  await command("taskset", ["--all-tasks", "--pid", "--cpu-list", "0", `${generator}`]);
  return true;
}
