// Parses the command line of `npm run oracle`.
import { Command, InvalidArgumentError, Option } from "commander";
import { type IstioVersion, istioVersions } from "./istio-versions.ts";

export type Options = {
  readonly meshes: number;
  readonly seed: number;
  readonly istio?: IstioVersion;
  readonly cases?: string;
  readonly validate?: boolean;
  readonly json?: boolean;
};

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number from 1.");
  return value;
}

/** @throws CommanderError for a wrong option, and after --help */
export function parseOptions(args: readonly string[]): Options {
  return new Command("npm run oracle --")
    .description("Checks with Istio's own generator, in random meshes, that Expedite only adds to a mesh.")
    .addHelpText("after", "\nExits with 0 if nothing differs, 1 if something does, 2 for a wrong option.")
    .exitOverride()
    .option("--meshes <number>", "number of meshes", count, 300)
    .option("--seed <number>", "seed of the first mesh; it grows by one with each mesh", count, 1)
    .addOption(new Option("--istio <version>", "version whose generator is run (default: each)").choices(istioVersions))
    .option("--cases <folder>", "check the folders of YAML in it instead, one mesh each")
    .option("--validate", "check only whether Istio's validation accepts the objects, which is much faster")
    .option("--json", "print the result as JSON")
    .parse(args, { from: "user" })
    .opts<Options>();
}
