// Runs programs in a network namespace: the current one, or one from a folder of namespaces, by its name.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";

/** Runs a program without a shell. Returns its standard output; throws a CommandError if it does not end with 0. */
export type Run = (command: string, args: readonly string[], input?: string | Uint8Array) => Promise<string>;

/** A command's failure, with the command and its output. */
export class CommandError extends Error {
  readonly stderr: string;

  constructor(words: readonly string[], stderr: string) {
    // What has several lines is a script, and says nothing to readers.
    const script = words.findIndex((word) => word.includes("\n"));
    const shown = script < 0 ? words : [...words.slice(0, script), "…"];
    super(`${shown.join(" ")}: ${stderr}`);
    this.stderr = stderr;
  }
}

/** nft's own message that a table or chain does not exist, rather than nsenter's that nft does not. */
export function isAbsent(error: unknown): boolean {
  return error instanceof CommandError && error.stderr.startsWith("Error: No such file or directory");
}

/** Where ip-netns(8), containerd and CRI-O keep network namespaces. Absent on a node without pods. */
export const namespacesFolder = "/run/netns";
/** Number of namespaces that are handled concurrently: each needs processes of tc, nft and ip. */
export const namespacesAtOnce = 8;
/** Number of namespaces that one process reads, one after the other. */
const namespacesInGroup = 16;

export function inGroups<T>(items: readonly T[]): readonly (readonly T[])[] {
  const groups = Math.ceil(items.length / namespacesInGroup);
  return Array.from({ length: groups }, (_, index) =>
    items.slice(index * namespacesInGroup, (index + 1) * namespacesInGroup),
  );
}

/** Undefined if no namespace has the name. */
export function inNamespace(name: string | undefined, folder = namespacesFolder): Run | undefined {
  if (name === undefined) return run;
  if (!namespaces(folder).includes(name)) return undefined;
  // nsenter rather than `ip netns exec`, which remounts /sys and hides the caller's mounts.
  return (command, args, input) => run("nsenter", [`--net=${namespaceFile(name, folder)}`, command, ...args], input);
}

export function namespaces(folder = namespacesFolder): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The file of a namespace, for nsenter. */
export function namespaceFile(name: string, folder = namespacesFolder): string {
  return `${folder}/${name}`;
}

/** The kernel's number of a namespace, which all its names share; undefined if the name is gone. */
export function namespaceInode(name: string, folder = namespacesFolder): number | undefined {
  return statSync(namespaceFile(name, folder), { throwIfNoEntry: false })?.ino;
}

const run: Run = (command, args, input) =>
  new Promise((done, fail) => {
    const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout: 30_000 } as const;
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new CommandError([command, ...args], stderr.trim() || error.message));
    });
    // A program that refuses its arguments may end before it has read its input.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
