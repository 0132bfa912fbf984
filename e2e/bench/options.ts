// Parses the bench's command line. A bad value is one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { unwritable } from "../measure/unwritable.ts";
import { baseline, baseOf, variantNames } from "./variants.ts";

export interface Options {
  /** Counted rounds. */
  readonly rounds: number;
  /** Of each slice. */
  readonly seconds: number;
  /** Names of variants.ts, in its order, with those that others are compared with. */
  readonly variants: readonly string[];
  /** What to measure. */
  readonly parts: readonly Part[];
  /** Where the results go as JSON. */
  readonly json: string | undefined;
  /** Put the tables into docs/performance.md. */
  readonly write: boolean;
}

const parts = ["variants", "host-calls", "scaling", "memory"] as const;
type Part = (typeof parts)[number];

const defaults = { rounds: 100, seconds: 0.1 } as const;

function number(value: string, low: number, high: number, integer: boolean): number {
  const parsed = value.trim() === "" ? Number.NaN : Number(value);
  if (!(parsed >= low && parsed <= high) || (integer && !Number.isInteger(parsed)))
    throw new InvalidArgumentError(`Allowed: ${integer ? "a whole number" : "a number"} from ${low} to ${high}.`);
  return parsed;
}

function listOf<Name extends string>(names: readonly Name[], what: string): (value: string) => readonly Name[] {
  return (value) => {
    const chosen = value.split(",").map((part) => part.trim());
    const unknown = chosen.find((name) => !names.some((known) => known === name));
    if (unknown !== undefined) throw new InvalidArgumentError(`No ${what} "${unknown}". Allowed: ${names.join(", ")}.`);
    return names.filter((name) => chosen.includes(name));
  };
}

function command(): Command {
  return new Command("npm run bench:filter --")
    .description(
      "Measures what the filter costs a request: in one Envoy, by turns with no filter, a native one and Lua.",
    )
    .addOption(
      new Option("--rounds <n>", "counted rounds; an interval needs 6")
        .argParser((value) => number(value, 1, 1000, true))
        .default(defaults.rounds),
    )
    .addOption(
      new Option("--seconds <s>", "of each slice")
        .argParser((value) => number(value, 0.02, 60, false))
        .default(defaults.seconds),
    )
    .addOption(
      new Option("--variants <list>", `of ${variantNames.join(", ")} (default: all)`).argParser(
        listOf(variantNames, "variant"),
      ),
    )
    .addOption(new Option("--parts <list>", `of ${parts.join(", ")} (default: all)`).argParser(listOf(parts, "part")))
    .option("--host-calls", "only the prices of host calls and callbacks: --parts host-calls", false)
    .option("--json <file>", "write the results there")
    .option("--write", "put the tables into docs/performance.md; a run without other options does", false)
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)");
}

/** @throws CommanderError after printing help (exit code 0) or one error (2) to `output` */
export function parseOptions(argv: readonly string[], output: OutputConfiguration = {}): Options {
  const program = command().exitOverride().configureOutput(output);
  const given = program.parse(argv, { from: "user" }).opts();
  if (given.hostCalls && given.parts !== undefined) program.error("error: --host-calls and --parts exclude each other");
  const reason = given.json === undefined ? undefined : unwritable(given.json);
  if (reason !== undefined) program.error(`error: --json ${given.json}: ${reason}`);
  const changed = ["rounds", "seconds"].some((name) => program.getOptionValueSource(name) !== "default");
  const wanted: readonly string[] = given.variants ?? variantNames;
  const isWhole = !changed && given.variants === undefined && given.parts === undefined && !given.hostCalls;
  return {
    rounds: given.rounds,
    seconds: given.seconds,
    variants: variantNames.filter(
      (name) => name === baseline || wanted.some((one) => one === name || baseOf(one) === name),
    ),
    parts: given.hostCalls ? ["host-calls"] : (given.parts ?? parts),
    json: given.json,
    write: given.write || isWhole,
  };
}
