// Parses the bench's command line. For a bad value it prints one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { refuseUnwritable } from "../../../e2e/measure/unwritable.ts";
import { wholeNumber } from "../../../e2e/measure/whole-number.ts";
import { type Arm, arms } from "./ladders.ts";

export type Options = {
  readonly arms: readonly Arm[];
  readonly pods: number;
  /** How often the ladder is applied, changed and taken away. */
  readonly repeats: number;
  /** How long the idle agent is watched. */
  readonly seconds: number;
  /** The file for the results as JSON. */
  readonly json?: string;
};

/** @throws CommanderError after printing help (exit code 0) or one error (another) to `output` */
export function parseOptions(argv: readonly string[], output: OutputConfiguration = {}): Options {
  const program = new Command("npm run bench:agent --")
    .description(
      "Measures what the node agent costs on a node with many pods: how long it takes to program them, and what it needs while nothing happens.",
    )
    .addOption(
      new Option("--arms <list>", `what the ladder asks for, of ${arms.join(", ")}`)
        .argParser(armsOf)
        .default(arms, arms.join(",")),
    )
    .addOption(new Option("--pods <n>", "pods of the node").argParser(wholeNumber(1, 500)).default(110))
    .addOption(
      new Option("--repeats <n>", "how often the ladder is applied, changed and taken away")
        .argParser(wholeNumber(1, 100))
        .default(5),
    )
    .addOption(
      new Option("--seconds <s>", "how long to watch the idle agent, which reads each pod every 300 s")
        .argParser(wholeNumber(10, 7200))
        .default(300),
    )
    .option("--json <file>", "write the results to this file")
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride()
    .configureOutput(output);
  const options = program.parse(argv, { from: "user" }).opts<Options>();
  refuseUnwritable(program, options.json);
  return options;
}

function armsOf(text: string): readonly Arm[] {
  const names = text.split(",");
  if (!names.every((name) => arms.some((arm) => arm === name)))
    throw new InvalidArgumentError(`Allowed: some of ${arms.join(", ")}, separated by commas.`);
  return arms.filter((arm) => names.includes(arm));
}
