// Starts the lab's own programs in their network namespaces; each ends with the lab, however that ends.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type LoadResult, type LoadSettings, measuringLine } from "../load/load-settings.ts";
import type { AppSettings } from "./app.ts";
import { backup, bottleneckPod, netnsOf, type Pod } from "./topology.ts";

/** nsenter becomes the program that it starts, so the child's pid is the program's. */
function start(host: string, program: string, args: readonly string[]): ChildProcess {
  const file = join(import.meta.dirname, "..", program);
  const command = [`--net=/run/netns/${netnsOf(host)}`, process.execPath, file, ...args];
  return spawn("nsenter", command, { stdio: ["pipe", "pipe", "inherit"] });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** The program's output, line by line. */
const linesOf = (child: ChildProcess): AsyncIterator<string> => {
  child.on("error", () => {}); // it then writes no output, which is an error below
  return createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
};

/** @throws when the program ends instead */
async function next(lines: AsyncIterator<string>, what: string): Promise<string> {
  const { done, value } = await lines.next();
  if (done) throw new Error(`${what} ended`);
  return value;
}

export interface Application {
  readonly pid: number;
  /** Closes the connections that it keeps to others, because they lead to proxies of another arm or past them. */
  forget(): Promise<void>;
  /** The most requests that its workers had at once since this was last asked; 0 if it has none. */
  takeMost(): Promise<number>;
  stop(): Promise<void>;
}

/** @returns an application that listens. @throws when it ends before that */
export async function startApplication(pod: Pod, settings: AppSettings): Promise<Application> {
  const child = start(pod.name, "site/app.ts", [JSON.stringify(settings)]);
  const lines = linesOf(child);
  const what = `${pod.name}'s application`;
  await next(lines, what);
  return {
    pid: child.pid ?? -1,
    stop: () => stop(child),
    forget: async () => {
      child.stdin?.write("forget\n");
      await next(lines, what);
    },
    takeMost: async () => {
      child.stdin?.write("most\n");
      return Number(await next(lines, what));
    },
  };
}

export interface Backup {
  /** Bytes received so far. */
  copied(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a copy from the bottleneck pod that does not end. @throws when it does not start */
export async function startBackup(): Promise<Backup> {
  const source = start(bottleneckPod, "site/copy.ts", [bottleneckPod]);
  await next(linesOf(source), "the copy's source");
  const copy = start(backup.name, "site/copy.ts", [backup.name]);
  const lines = linesOf(copy);
  await next(lines, "the copy");
  return {
    copied: async () => {
      copy.stdin?.write("bytes\n");
      return Number(await next(lines, "the copy"));
    },
    stop: async () => void (await Promise.all([stop(copy), stop(source)])),
  };
}

export interface LoadGenerator {
  /** Runs a load; `measuring` is called when its warm-up is over. @throws when the generator ends without a result */
  play(settings: LoadSettings, measuring?: () => void): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startLoadGenerator(host: string): LoadGenerator {
  const child = start(host, "load/load.ts", []);
  const lines = linesOf(child);
  return {
    stop: () => stop(child),
    play: async (settings, measuring) => {
      child.stdin?.write(`${JSON.stringify(settings)}\n`);
      for (;;) {
        const line = await next(lines, "the load generator");
        if (line !== measuringLine) return JSON.parse(line);
        measuring?.();
      }
    },
  };
}
