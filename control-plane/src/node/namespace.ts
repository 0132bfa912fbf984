// Runs programs in a network namespace: the current one, or one that a folder of namespaces has under a name.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";

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

/** Where ip-netns(8), containerd and CRI-O keep network namespaces. */
const defaultFolder = "/run/netns";
/** How many namespaces are worked on at once: each takes processes of tc, nft and ip. */
export const namespacesAtOnce = 8;

/** Undefined where there is none of the name. */
export function inNamespace(name: string | undefined, folder = defaultFolder): Run | undefined {
  if (name === undefined) return run;
  if (!namespaces(folder).includes(name)) return undefined;
  // nsenter, not `ip netns exec`: that remounts /sys and hides the caller's mounts.
  return (command, args, input) => run("nsenter", [`--net=${folder}/${name}`, command, ...args], input);
}

export function namespaces(folder = defaultFolder): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The kernel's number of a namespace, which all its names share; undefined where the name is gone. */
export function namespaceInode(name: string, folder = defaultFolder): number | undefined {
  return statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.ino;
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
