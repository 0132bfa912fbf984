// Reads the command line of `npm run simulate:queue`.
import { Command, Option } from "commander";
import { unwritable } from "../measure/unwritable.ts";
import { wholeNumber } from "../measure/whole-number.ts";

export interface Options {
  readonly seed: number;
  readonly repeats: number;
  readonly json: string | undefined;
  readonly svg: string | undefined;
}

/** @throws CommanderError after printing what is wrong, or the help */
export function parseOptions(argv: readonly string[]): Options {
  const program = new Command("npm run simulate:queue --")
    .description(
      "Compares limits of a RequestQueue in virtual time: fixed ones, Envoy's gradient, Vegas, and the adaptive limit, which the filter itself finds, under steady and changing loads and capacities, also where other programs take the processors away. The same seed gives the same result.",
    )
    .addOption(new Option("--seed <n>", "of the arrivals").argParser(wholeNumber(1, 1_000_000)).default(1))
    .addOption(
      new Option("--repeats <n>", "arrival sequences for each scenario").argParser(wholeNumber(1, 100)).default(3),
    )
    .option("--json <file>", "write the results to this file")
    .option("--svg <file>", "draw the limits over time into this file")
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride();
  const given = program.parse(argv, { from: "user" }).opts();
  for (const name of ["json", "svg"]) {
    const reason = given[name] === undefined ? undefined : unwritable(given[name]);
    if (reason !== undefined) program.error(`error: --${name} ${given[name]}: ${reason}`);
  }
  return { seed: given.seed, repeats: given.repeats, json: given.json, svg: given.svg };
}
