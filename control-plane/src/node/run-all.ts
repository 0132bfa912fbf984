// Runs several commands in a network namespace, or in several, by one process: starting a process and entering a namespace cost more than
// most commands.
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

/** The standard output of a command, or its failure. */
export type Output = string | CommandError;

/**
 * Fixed text. The first argument is a separator, each one after the second a command, whose words the shell separates there, and interprets
 * nothing else in them. Behind the output of each follow the second argument, which no output contains, the exit code, and what the command
 * wrote to stderr.
 */
const script = `set -f
read_character() { line=; read -r line < "$1" || [ -n "$line" ] && printf '%.1s' "$line"; }
write_line() { printf '%s\\n' "$2" > "$1"; }
IFS=$1
mark=$2
shift 2
for command; do
  errors=$($command 2>&1 >&3)
  printf '\\n%s%s\\n%s%s' "$mark" "$?" "$errors" "$mark"
done 3>&1
`;

/** A failure does not keep the next commands from running. */
export async function runAll(run: Run, commands: readonly Command[]): Promise<Output[]> {
  const inner = scriptWith(commands, "\n");
  return inner.outputs(await run("sh", inner.args));
}

export type Place = {
  /** The file of a network namespace. */
  readonly file: string;
  readonly commands: readonly Command[];
};

/** In one place after the other. A place that cannot be entered has one failure. `run`: in any namespace. */
export async function runAllIn(run: Run, places: readonly Place[]): Promise<(Output[] | CommandError)[]> {
  const inner = places.map(({ commands }) => scriptWith(commands, "\n"));
  const enter = places.map(({ file }, index): Command => ["nsenter", `--net=${file}`, "sh", ...inner[index]!.args]);
  // The words of these commands contain line breaks.
  const outer = scriptWith(enter, "\x1e");
  const results = outer.outputs(await run("sh", outer.args));
  return results.map((result, index) => (typeof result === "string" ? inner[index]!.outputs(result) : result));
}

type Script = {
  /** For sh. */
  readonly args: readonly string[];
  /** Of each command, read from the output of all. */
  readonly outputs: (text: string) => Output[];
};

function scriptWith(commands: readonly Command[], separator: string): Script {
  for (const word of commands.flat())
    if (word === "" || word.includes(separator))
      throw new Error(`${JSON.stringify(word)} cannot be a word of a command`);
  const mark = randomUUID();
  return {
    args: ["-c", script, "sh", separator, mark, ...commands.map((command) => command.join(separator))],
    outputs: (text) => {
      const parts = text.split(mark);
      return commands.map((command, index) => outputOfOne(command, parts.slice(index * 2)));
    },
  };
}

function outputOfOne(command: Command, [stdout = "", status = ""]: readonly string[]): Output {
  const [code, ...errors] = status.split("\n");
  if (code === "0") return stdout.slice(0, -1);
  return new CommandError(command, errors.join("\n").trim() || `exit code ${code}`);
}

/** @throws CommandError if the command failed */
export function outputOf(result: Output | undefined): string {
  if (typeof result === "string") return result;
  throw result ?? new Error("no such command");
}
