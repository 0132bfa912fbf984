// In: the name of a network namespace of ip-netns(8), or none for the current one. Out: a way to run programs in it.
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

/** Runs a program without a shell. Gives its standard output; throws a CommandError where it does not end with 0. */
export type Run = (command: string, args: readonly string[], input?: string) => Promise<string>;

/** The machine's answer to a command that we made: which one, and what it said. */
export class CommandError extends Error {
  readonly stderr: string;

  constructor(command: string, stderr: string) {
    super(`${command}: ${stderr}`);
    this.stderr = stderr;
  }
}

/** Where ip-netns(8) keeps its namespaces. */
const folder = "/run/netns";

/** Undefined where there is none of the name. */
export function inNamespace(name: string | undefined): Run | undefined {
  if (name === undefined) return run;
  if (!namespaces().includes(name)) return undefined;
  // nsenter, not `ip netns exec`: that remounts /sys and hides the caller's mounts.
  return (command, args, input) => run("nsenter", [`--net=${folder}/${name}`, command, ...args], input);
}

export function namespaces(): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

const run: Run = (command, args, input) =>
  new Promise((done, fail) => {
    const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout: 30_000 } as const;
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new CommandError([command, ...args].join(" "), stderr.trim() || error.message));
    });
    // A program that refuses its arguments may end before it has read its input.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
