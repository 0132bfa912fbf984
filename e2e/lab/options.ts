// Parses the lab's command line. For a bad value it prints one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { arms } from "./arms.ts";
import { classes } from "./classes.ts";
import { offeredLoad, type Profile, profiles } from "./profiles.ts";
import { forwardings } from "./site/trace-headers.ts";

export interface Options {
  /** Requests per second of the latency-sensitive class, ascending; batch has the profile's ratio to it. */
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

function loads(value: string): readonly number[] {
  const parsed = value.split(",").map((part) => number(part, 0.01, 2));
  return [...new Set(parsed)].sort((a, b) => a - b);
}

/** The rate at which a profile's offered load is ρ, to a tenth. */
const rateAt = (profile: Profile, rho: number): number =>
  Math.round((10 * rho) / offeredLoad(profile, 1, classes)) / 10;

function chosenArms(value: string): readonly string[] {
  const chosen = value.split(",").map((part) => part.trim());
  const unknown = chosen.find((name) => !armNames.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`No arm "${unknown}". Allowed: ${armNames.join(", ")}.`);
  return armNames.filter((name) => chosen.includes(name));
}

/** The paper's settings: seconds per point with --full. */
const fullDuration = 300;
const defaultArms = (name: Profile["name"]): string => profiles[name].arms.join(", ");

function command(): Command {
  return new Command("npm run lab --")
    .description(
      "Runs the paper's experiment on one machine: a person's requests next to exports that share a link, with and without Expedite.",
    )
    .addOption(
      new Option(
        "--rps <list>",
        "requests per second of each class, for example 10,30,50 (default: 50; compute: 60, and four thirds of it of batch)",
      ).argParser(rates),
    )
    .addOption(
      new Option("--rho <list>", "the same as offered load ρ, for example 0.5,0.8,0.95")
        .argParser(loads)
        .conflicts("rps"),
    )
    .addOption(
      new Option(
        "--duration <seconds>",
        "seconds of each point that count; 0 with --keep sends nothing (default: 10; compute: 12)",
      ).argParser(seconds),
    )
    .addOption(
      new Option("--warm-up <seconds>", "seconds of each point before it counts (default: 0.5; compute: 2)").argParser(
        (v) => number(v, 0, 600),
      ),
    )
    .addOption(
      new Option("--repeats <n>", "how many times every arm runs (default: 2)").argParser((v) =>
        number(v, 1, 100, true),
      ),
    )
    .addOption(
      new Option(
        "--arms <list>",
        `of ${armNames.join(", ")} (default: ${defaultArms("quick")}; compute: ${defaultArms("compute")})`,
      ).argParser(chosenArms),
    )
    .addOption(
      new Option(
        "--profile <name>",
        "quick: 1 kB and 200 kB over 100 Mbit/s; paper: 10 kB and 2 MB over 1 Gbit/s; compute: 10 ms and 40 ms of an application with 4 workers",
      )
        .choices(Object.keys(profiles))
        .default("quick"),
    )
    .addOption(
      new Option(
        "--alone <which>",
        "arms that also run with each class alone (default: unloaded, what η needs)",
      ).choices(["none", "unloaded", "all"]),
    )
    .option(
      "--full",
      "the paper's length: 10 to 50 rps (compute: ρ 0.5 to 0.95), 5 minutes per point (hours in total)",
      false,
    )
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
  const profile = profiles[given.profile as Profile["name"]];
  const { defaults } = profile;
  const loaded = given.rho?.map((rho: number) => rateAt(profile, rho));
  return {
    rps: given.rps ?? loaded ?? (given.full ? defaults.fullRps : defaults.rps),
    duration: given.duration ?? (given.full ? fullDuration : defaults.duration),
    warmUp: given.warmUp ?? defaults.warmUp,
    repeats: given.repeats ?? 2,
    arms: given.arms ?? profile.arms,
    profile: given.profile,
    alone: given.alone ?? "unloaded",
    seed: given.seed,
    forward: given.forward,
    json: given.json,
    keep: given.keep,
  };
}
