// Starts the lab's own programs in their network namespaces; each ends with the lab, however that ends.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { AppSettings } from "./app.ts";
import { type LoadResult, type LoadSettings, measuringLine } from "./load-settings.ts";
import { netnsOf, type Pod } from "./topology.ts";

export interface Application {
  readonly pid: number;
  stop(): Promise<void>;
}

/** nsenter becomes the program it starts, so the child's pid is the program's. */
function start(host: string, program: string, settings: object): ChildProcess {
  const args = [`--net=/run/netns/${netnsOf(host)}`, process.execPath, join(import.meta.dirname, program)];
  return spawn("nsenter", [...args, JSON.stringify(settings)], { stdio: ["pipe", "pipe", "inherit"] });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** @returns an application that listens. @throws when it ends before that */
export function startApplication(pod: Pod, settings: AppSettings): Promise<Application> {
  const child = start(pod.name, "app.ts", settings);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${pod.name}'s application ended with exit code ${code}`)));
    child.stdout?.once("data", () => resolve({ pid: child.pid ?? -1, stop: () => stop(child) }));
  });
}

export interface Load {
  /** Resolves when the warm-up is over. */
  readonly measuring: Promise<void>;
  readonly result: Promise<LoadResult>;
}

/** Plays a load. Both promises reject when the generator ends without a result. */
export function startLoad(host: string, settings: LoadSettings): Load {
  const child = start(host, "load.ts", settings);
  let begin = (): void => {};
  const measuring = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`the load generator ended with exit code ${code}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === measuringLine) begin();
      else resolve(JSON.parse(line));
    });
  });
  return { measuring: Promise.race([measuring, result.then(() => {})]), result };
}
