// Parses the lab's command line. For a bad value it prints one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { arms } from "./arms.ts";
import { type Profile, profiles } from "./profiles.ts";
import { forwardings } from "./site/trace-headers.ts";

export interface Options {
  /** Requests per second of each class, ascending. */
  readonly rps: readonly number[];
  /** Seconds of each point that count. */
  readonly duration: number;
  /** Seconds of each point before it counts. */
  readonly warmUp: number;
  readonly repeats: number;
  /** Names from arms.ts, in its order. */
  readonly arms: readonly string[];
  readonly profile: Profile["name"];
  /** Which arms also run with each class alone: none, only what T_unloaded needs, or all. */
  readonly alone: "none" | "unloaded" | "all";
  readonly seed: number;
  readonly forward: keyof typeof forwardings;
  /** The path of results.json. */
  readonly json: string;
  readonly keep: boolean;
}

const armNames = arms.map((arm) => arm.name);
const defaultArms = arms.filter((arm) => arm.byDefault).map((arm) => arm.name);

function number(value: string, low: number, high: number, integer = false): number {
  const parsed = value.trim() === "" ? Number.NaN : Number(value);
  if (!(parsed >= low && parsed <= high) || (integer && !Number.isInteger(parsed)))
    throw new InvalidArgumentError(`Allowed: ${integer ? "a whole number" : "a number"} from ${low} to ${high}.`);
  return parsed;
}

/** 0 means to send nothing; less than a second would leave no second that counts. */
const seconds = (value: string): number => (value === "0" ? 0 : number(value, 1, 3600));

function rates(value: string): readonly number[] {
  const parsed = value.split(",").map((part) => number(part, 1, 1000));
  return [...new Set(parsed)].sort((a, b) => a - b);
}

function chosenArms(value: string): readonly string[] {
  const chosen = value.split(",").map((part) => part.trim());
  const unknown = chosen.find((name) => !armNames.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`No arm "${unknown}". Allowed: ${armNames.join(", ")}.`);
  return armNames.filter((name) => chosen.includes(name));
}

/** Two repeats of ten seconds at 50 rps give 1000 requests, the fewest for which a p99 is printed. */
const quickDefaults = { rps: [50], duration: 10, repeats: 2, alone: "unloaded" } as const;
/** The paper's settings: five minutes per point. */
const fullDefaults = { rps: [10, 20, 30, 40, 50], duration: 300, repeats: 2, alone: "unloaded" } as const;

function command(): Command {
  return new Command("npm run lab --")
    .description(
      "Runs the paper's experiment on one machine: a person's requests next to exports that share a link, with and without Expedite.",
    )
    .addOption(
      new Option("--rps <list>", "requests per second of each class, for example 10,30,50 (default: 50)").argParser(
        rates,
      ),
    )
    .addOption(
      new Option(
        "--duration <seconds>",
        "seconds of each point that count; 0 with --keep sends nothing (default: 10)",
      ).argParser(seconds),
    )
    .addOption(
      new Option("--warm-up <seconds>", "seconds of each point before it counts")
        .argParser((v) => number(v, 0, 600))
        .default(0.5),
    )
    .addOption(
      new Option("--repeats <n>", "how many times every arm runs (default: 2)").argParser((v) =>
        number(v, 1, 100, true),
      ),
    )
    .addOption(
      new Option("--arms <list>", `of ${armNames.join(", ")} (default: ${defaultArms.join(", ")})`).argParser(
        chosenArms,
      ),
    )
    .addOption(
      new Option("--profile <name>", "quick: 1 kB and 200 kB over 100 Mbit/s; paper: 10 kB and 2 MB over 1 Gbit/s")
        .choices(Object.keys(profiles))
        .default("quick"),
    )
    .addOption(
      new Option(
        "--alone <which>",
        "arms that also run with each class alone (default: unloaded, what η needs)",
      ).choices(["none", "unloaded", "all"]),
    )
    .option("--full", "the paper's length: 10 to 50 rps, 5 minutes per point (hours in total)", false)
    .addOption(
      new Option("--seed <n>", "seed of the arrival sequences")
        .argParser((v) => number(v, 0, 2 ** 31, true))
        .default(1),
    )
    .addOption(
      new Option("--forward <headers>", "what the application reviews forwards")
        .choices(Object.keys(forwardings))
        .default("bookinfo"),
    )
    .option("--json <file>", "where results.json goes", "lab-results/results.json")
    .option("--keep", "stay up afterwards, in the last arm's testbed, until Ctrl-C", false)
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)");
}

/** @throws CommanderError after printing help (exit code 0) or one error (2) to `output` */
export function parseOptions(argv: readonly string[], output: OutputConfiguration = {}): Options {
  const program = command().exitOverride().configureOutput(output);
  const given = program.parse(argv, { from: "user" }).opts();
  if (given.duration === 0 && !given.keep) program.error("error: --duration 0 plays nothing: it needs --keep");
  const defaults = given.full ? fullDefaults : quickDefaults;
  return {
    rps: given.rps ?? defaults.rps,
    duration: given.duration ?? defaults.duration,
    warmUp: given.warmUp,
    repeats: given.repeats ?? defaults.repeats,
    arms: given.arms ?? defaultArms,
    profile: given.profile,
    alone: given.alone ?? defaults.alone,
    seed: given.seed,
    forward: given.forward,
    json: given.json,
    keep: given.keep,
  };
}
