// Parses the bench's command line. For a bad value it prints one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { refuseUnwritable } from "../measure/unwritable.ts";
import { baseline, baseOf, variantNames } from "./variants.ts";

export interface Options {
  /** Rounds that count. */
  readonly rounds: number;
  /** Length of each slice. */
  readonly seconds: number;
  /** Names from variants.ts, in its order, including those that others are compared with. */
  readonly variants: readonly string[];
  /** What to measure. */
  readonly parts: readonly Part[];
  /** The file for the results as JSON. */
  readonly json: string | undefined;
  /** Whether to put the tables of these parts into docs/performance.md. */
  readonly write: boolean;
}

export const partNames = ["variants", "cold", "host-calls", "scaling", "memory", "code"] as const;
export type Part = (typeof partNames)[number];

const defaults = { rounds: 60, seconds: 0.1 } as const;

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
      "Measures what the filter costs per request, in one Envoy, in turns with no filter, a native filter and Lua. Without options it takes about 10 minutes.",
    )
    .addOption(
      new Option("--rounds <n>", "rounds that count; an interval needs 6")
        .argParser((value) => number(value, 1, 1000, true))
        .default(defaults.rounds),
    )
    .addOption(
      new Option("--seconds <s>", "length of each slice")
        .argParser((value) => number(value, 0.02, 60, false))
        .default(defaults.seconds),
    )
    .addOption(
      new Option("--variants <list>", `of ${variantNames.join(", ")} (default: all)`).argParser(
        listOf(variantNames, "variant"),
      ),
    )
    .addOption(
      new Option(
        "--parts <list>",
        `of ${partNames.join(", ")} (default: all); cold has its hot column from variants, and host-calls what additions are made of`,
      ).argParser(listOf(partNames, "part")),
    )
    .option("--host-calls", "only the prices of host calls and callbacks: --parts host-calls", false)
    .option("--json <file>", "write the results to this file")
    .option(
      "--write",
      "put the tables of what was measured into docs/performance.md; this is the default without other options",
      false,
    )
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)");
}

/** @throws CommanderError after printing help (exit code 0) or one error (2) to `output` */
export function parseOptions(argv: readonly string[], output: OutputConfiguration = {}): Options {
  const program = command().exitOverride().configureOutput(output);
  const given = program.parse(argv, { from: "user" }).opts();
  if (given.hostCalls && given.parts !== undefined) program.error("error: --host-calls and --parts exclude each other");
  refuseUnwritable(program, given.json);
  const changed = ["rounds", "seconds"].some((name) => program.getOptionValueSource(name) !== "default");
  const wanted: readonly string[] = given.variants ?? variantNames;
  const isWhole = !changed && given.variants === undefined && given.parts === undefined && !given.hostCalls;
  return {
    rounds: given.rounds,
    seconds: given.seconds,
    variants: variantNames.filter(
      (name) => name === baseline || wanted.some((one) => one === name || baseOf(one) === name),
    ),
    parts: given.hostCalls ? ["host-calls"] : (given.parts ?? partNames),
    json: given.json,
    write: given.write || isWhole,
  };
}
