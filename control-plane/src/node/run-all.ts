// Runs several commands in a network namespace, one after the other, by one process: entering a namespace costs more than most commands.
import { randomUUID } from "node:crypto";
import { CommandError, type Run } from "./namespace.ts";

/** A program or one of the functions of the script, with its arguments, which are not empty and contain no line break. */
export type Command = readonly [name: string, ...args: string[]];

/**
 * Reads the first character of a file, without a process. It is for sysctls: the kernel gives one to the first read only, and dash reads
 * single characters.
 */
export const readCharacter = (file: string): Command => ["read_character", file];
/** Writes one line into a file, without a process. */
export const writeLine = (file: string, line: string): Command => ["write_line", file, line];

/**
 * Fixed text. Each further argument is a command, whose words are lines: the shell splits them there, and interprets nothing else in them.
 * Behind the output of each follow the first argument, which no output contains, the exit code, and what the command wrote to stderr.
 */
const script = `set -f
IFS='
'
read_character() { line=; read -r line < "$1" || [ -n "$line" ] && printf '%.1s' "$line"; }
write_line() { printf '%s\\n' "$2" > "$1"; }
mark=$1
shift
for command; do
  errors=$($command 2>&1 >&3)
  printf '\\n%s%s\\n%s%s' "$mark" "$?" "$errors" "$mark"
done 3>&1
`;

/** The standard output of each command, or its failure. A failure does not keep the next commands from running. */
export async function runAll(run: Run, commands: readonly Command[]): Promise<(string | CommandError)[]> {
  for (const word of commands.flat())
    if (word === "" || word.includes("\n")) throw new Error(`${JSON.stringify(word)} cannot be a word of a command`);
  const mark = randomUUID();
  const output = await run("sh", ["-c", script, "sh", mark, ...commands.map((command) => command.join("\n"))]);
  const parts = output.split(mark);
  return commands.map((command, index) => {
    const [stdout = "", status = ""] = parts.slice(index * 2);
    const [code, ...errors] = status.split("\n");
    if (code === "0") return stdout.slice(0, -1);
    return new CommandError(command.join(" "), errors.join("\n").trim() || `exit code ${code}`);
  });
}

/** @throws CommandError if the command failed */
export function outputOf(result: string | CommandError | undefined): string {
  if (typeof result === "string") return result;
  throw result ?? new Error("no such command");
}
