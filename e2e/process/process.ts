// Starts one long-running program in the namespaces of another process or machine, with its output in a log file. It ends with this
// process, because everything runs in one private pid namespace.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";

export interface ProcessOptions {
  /** Names the log file, and the program in messages. */
  readonly name: string;
  /** Options of nsenter(1) that choose the namespaces. */
  readonly enter: readonly string[];
  readonly command: readonly string[];
  readonly log: string;
  /** The folder for its own files (HOME), so that it writes none in the user's. */
  readonly home: string;
}

export interface Process {
  readonly name: string;
  /** The pid of nsenter, which becomes the program that it starts. */
  readonly pid: number;
  /** Resolves once it is gone. */
  readonly ended: Promise<void>;
  /** The last lines of its log. */
  tail(): string;
  /** Sends SIGKILL and resolves once it is gone. Not for a program in another pid namespace: only nsenter would die. */
  kill(): Promise<void>;
}

const lastLines = (log: string): string =>
  existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").slice(-15).join("\n") : "";

export function startProcess({ name, enter, command, log, home }: ProcessOptions): Process {
  const out = openSync(log, "w");
  const child: ChildProcess = spawn("nsenter", [...enter, "--", ...command], {
    stdio: ["ignore", out, out],
    env: { ...process.env, HOME: home },
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    name,
    pid: child.pid ?? -1,
    ended,
    tail: () => lastLines(log),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The last lines of the programs' logs, each under the program's name. */
export const tailOf = (processes: readonly Process[]): string =>
  processes.map(({ name, tail }) => `${name}:\n${tail()}`).join("\n");
