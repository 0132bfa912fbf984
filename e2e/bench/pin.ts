// Gives one worker of Envoy a core of its own and the load generator another, so that the kernel moves neither; and puts a program on the
// worker's core.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { command } from "../process/command.ts";

function workerThreads(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).filter((id) =>
    readFileSync(`/proc/${pid}/task/${id}/comm`, "utf8").startsWith("wrk:worker_"),
  );
}

const allTasks = (pid: number, core: string): Promise<string> =>
  command("taskset", ["--all-tasks", "--pid", "--cpu-list", core, `${pid}`]);

const workerCore = "1";

/** @returns false if there is only one core */
export async function pin(envoy: number, generator: number): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  for (const id of workerThreads(envoy)) await command("taskset", ["--pid", "--cpu-list", workerCore, id]);
  await allTasks(generator, "0");
  return true;
}

/** On the core that pin gives to the worker. */
export async function pinToWorker(pid: number): Promise<void> {
  if (availableParallelism() > 1) await allTasks(pid, workerCore);
}
