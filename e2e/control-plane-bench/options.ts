// Parses the bench's command line. For a bad value it prints one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { refuseUnwritable } from "../measure/unwritable.ts";
import { wholeNumber } from "../measure/whole-number.ts";
import { servicesPerNamespace } from "./mesh/objects.ts";

/** `listed`: with, and with 20 Services in the ladder's levelClusters. */
const arms = ["without", "with", "listed"] as const;
type Arm = (typeof arms)[number];

export interface Options {
  /** Sizes of the mesh, ascending. */
  readonly services: readonly number[];
  readonly arms: readonly Arm[];
  /** Policy changes, and pushes to each proxy, at each size. */
  readonly repeats: number;
  /** Starts of each proxy for its memory, at each size and arm. */
  readonly starts: number;
  readonly idleSeconds: number;
  /** The file for the results as JSON. */
  readonly json: string | undefined;
  /** Whether to put the tables into docs/control-plane-cost.md. */
  readonly write: boolean;
}

const defaults = { services: "100,300,1000", repeats: 10, starts: 6, idleSeconds: 60 } as const;

function sizes(value: string): readonly number[] {
  const parsed = value.split(",").map(Number);
  const isSize = (size: number): boolean =>
    size >= servicesPerNamespace && size <= 2000 && size % servicesPerNamespace === 0;
  if (!parsed.every(isSize))
    throw new InvalidArgumentError(`Allowed: multiples of ${servicesPerNamespace} up to 2000, separated by commas.`);
  return [...new Set(parsed)].sort((a, b) => a - b);
}

function chosenArms(value: string): readonly Arm[] {
  const names = value.split(",");
  const unknown = names.find((name) => !arms.some((arm) => arm === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`Allowed: ${arms.join(", ")}.`);
  return arms.filter((arm) => names.includes(arm));
}

function command(): Command {
  return new Command("npm run bench:control-plane --")
    .description(
      "Measures what Expedite costs in a large mesh: the controller, istiod and the proxies, with and without Expedite.",
    )
    .addOption(
      new Option("--services <list>", "sizes of the mesh")
        .argParser(sizes)
        .default(sizes(defaults.services), defaults.services),
    )
    .addOption(new Option("--arms <list>", `of ${arms.join(", ")}`).argParser(chosenArms).default(arms, arms.join(",")))
    .addOption(
      new Option("--repeats <n>", "policy changes and pushes at each size")
        .argParser(wholeNumber(1, 100))
        .default(defaults.repeats),
    )
    .addOption(
      new Option("--starts <n>", "starts of each proxy for its memory; an interval needs 6")
        .argParser(wholeNumber(1, 100))
        .default(defaults.starts),
    )
    .addOption(
      new Option("--idle-seconds <s>", "how long to watch an idle controller")
        .argParser(wholeNumber(5, 3600))
        .default(defaults.idleSeconds),
    )
    .option("--json <file>", "write the results to this file")
    .option(
      "--write",
      "put the tables into docs/control-plane-cost.md; this is the default without other options",
      false,
    )
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)");
}

/** @throws CommanderError after printing help (exit code 0) or one error (2) to `output` */
export function parseOptions(argv: readonly string[], output: OutputConfiguration = {}): Options {
  const program = command().exitOverride().configureOutput(output);
  const given = program.parse(argv, { from: "user" }).opts();
  refuseUnwritable(program, given.json);
  const isWhole = ["services", "arms", "repeats", "starts", "idleSeconds"].every(
    (name) => program.getOptionValueSource(name) === "default",
  );
  return { ...(given as Omit<Options, "write">), json: given.json, write: given.write || isWhole };
}
