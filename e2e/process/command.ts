// Runs one program to its end, without a shell, and returns its standard output.
import { execFile } from "node:child_process";

export interface CommandOptions {
  /** Text for its standard input. */
  readonly input?: string;
  /** Name under /run/netns of the namespace to run in; default: the network namespace of this process. */
  readonly netns?: string;
}

export class CommandError extends Error {
  override readonly name = "CommandError";
}

/**
 * @returns standard output
 * @throws CommandError with the command and its output when it can't be started or exits with a code other than 0
 */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  // nsenter rather than `ip netns exec`, which remounts /sys.
  const [file, ...rest] =
    options.netns === undefined
      ? [program, ...args]
      : ["nsenter", `--net=/run/netns/${options.netns}`, program, ...args];
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new CommandError(`${[file, ...rest].join(" ")}: ${stderr.trim() || stdout.trim() || error.message}`));
    });
    child.stdin?.on("error", () => {}); // a program that ends without reading gives the reason on standard error
    child.stdin?.end(options.input ?? "");
  });
}
