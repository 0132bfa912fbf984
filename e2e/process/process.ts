// Starts one long-running program in the namespaces of another process or of a machine, with its output in a log file. It ends with this
// process, because all of it lives in one private pid namespace.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";

export interface ProcessOptions {
  /** What the log's file and messages are called by. */
  readonly name: string;
  /** Options of nsenter(1) that choose the namespaces. */
  readonly enter: readonly string[];
  readonly command: readonly string[];
  readonly log: string;
  /** Where it may keep files of its own (HOME), so that it doesn't in the user's. */
  readonly home: string;
}

export interface Process {
  readonly name: string;
  /** nsenter becomes the program it starts. */
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  /** The last lines of its log. */
  tail(): string;
  /** Sends SIGKILL, and resolves when it is gone. Not for a program in another pid namespace: nsenter would die alone. */
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

/** What the programs said last, each under its name. */
export const tailOf = (processes: readonly Process[]): string =>
  processes.map(({ name, tail }) => `${name}:\n${tail()}`).join("\n");
