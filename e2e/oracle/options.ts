// What `npm run oracle` is told.
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
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It has to be a whole number from 1.");
  return value;
}

/** @throws CommanderError for a wrong option, and after --help */
export function parseOptions(args: readonly string[]): Options {
  return new Command("npm run oracle --")
    .description("Judges by Istio's own generator whether Expedite only adds to a mesh, in random meshes.")
    .addHelpText("after", "\nExits with 0 where nothing differs, 1 where something does, 2 for a wrong option.")
    .exitOverride()
    .option("--meshes <number>", "how many meshes", count, 300)
    .option("--seed <number>", "of the first mesh; each further one's is one greater", count, 1)
    .addOption(new Option("--istio <version>", "whose generator judges; omitted: each").choices(istioVersions))
    .option("--cases <folder>", "judges the folders of YAML in it instead, each a mesh")
    .option("--validate", "asks only whether Istio's validation takes the objects, which is much faster")
    .option("--json", "prints the result as JSON")
    .parse(args, { from: "user" })
    .opts<Options>();
}
