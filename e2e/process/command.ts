// Runs one program to its end and returns its standard output. No shell.
import { execFile } from "node:child_process";

export interface CommandOptions {
  /** What it reads on standard input. */
  readonly input?: string;
  /** Name under /run/netns to run it in; absent: the network namespace of this process. */
  readonly netns?: string;
}

export class CommandError extends Error {
  override readonly name = "CommandError";
}

/**
 * @returns standard output
 * @throws CommandError that names the command and what it said, when it can't be started or exits with other than 0
 */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  // nsenter, not `ip netns exec`: the latter remounts /sys.
  const [file, ...rest] =
    options.netns === undefined
      ? [program, ...args]
      : ["nsenter", `--net=/run/netns/${options.netns}`, program, ...args];
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new CommandError(`${[file, ...rest].join(" ")}: ${stderr.trim() || stdout.trim() || error.message}`));
    });
    child.stdin?.on("error", () => {}); // a program that ends without reading says why on standard error
    child.stdin?.end(options.input ?? "");
  });
}
