// Parses the bench's command line. For a bad value it prints one error, and nothing starts.
import { Command, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { refuseUnwritable } from "../measure/unwritable.ts";

/** What is measured. */
export interface Scope {
  /** Congestion controls of the low flows. */
  readonly low: readonly string[];
  /** Numbers of low flows. */
  readonly flows: readonly number[];
  /** Congestion controls of the high flow. */
  readonly high: readonly string[];
  /** Round-trip times, milliseconds. */
  readonly rtt: readonly number[];
  /** Sizes of the FIFO, in products of rate and round-trip time. */
  readonly size: readonly number[];
  readonly repeats: number;
  /** How long each phase is measured, seconds. */
  readonly seconds: number;
}

export interface Options extends Scope {
  /** The file for the results as JSON. */
  readonly json: string | undefined;
  /** Whether the traffic programs go before everything else on the machine. */
  readonly realTime: boolean;
  /** Whether to put the tables into docs/scavenger.md. */
  readonly write: boolean;
}

const defaults = {
  low: ["scavenger", "bbr", "cubic"],
  flows: [1, 4],
  high: ["cubic", "bbr"],
  rtt: [0.2, 2, 20],
  size: [1, 10],
  repeats: 1,
  seconds: 2,
} as const;

const algorithms = (value: string): readonly string[] => {
  const names = value.split(",");
  if (!names.every((name) => /^[a-z0-9_]{1,15}$/.test(name)))
    throw new InvalidArgumentError("Allowed: names from net.ipv4.tcp_available_congestion_control, or scavenger.");
  return [...new Set(names)];
};

function numbers(low: number, high: number, isWhole: boolean): (value: string) => readonly number[] {
  return (value) => {
    const parsed = value.split(",").map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
    if (!parsed.every((one) => one >= low && one <= high && (!isWhole || Number.isInteger(one))))
      throw new InvalidArgumentError(
        `Allowed: ${isWhole ? "whole numbers" : "numbers"} from ${low} to ${high}, separated by commas.`,
      );
    return [...new Set(parsed)];
  };
}

function one(parse: (value: string) => readonly number[]): (value: string) => number {
  return (value) => {
    const [first, ...more] = parse(value);
    if (first === undefined || more.length > 0) throw new InvalidArgumentError("Allowed: one number.");
    return first;
  };
}

function command(): Command {
  const option = (flags: string, text: string, parse: (value: string) => unknown): Option =>
    new Option(flags, text).argParser(parse);
  const listed = (values: readonly (string | number)[]): string => values.join(",");
  return new Command("npm run bench:scavenger --")
    .description(
      "Measures what low flows leave to a high flow at a FIFO of 100 Mbit/s that is not ours, with the scavenger and without.",
    )
    .addOption(
      option("--low <list>", "congestion controls of the low flows", algorithms).default(
        defaults.low,
        listed(defaults.low),
      ),
    )
    .addOption(
      option("--high <list>", "congestion controls of the high flow", algorithms).default(
        defaults.high,
        listed(defaults.high),
      ),
    )
    .addOption(
      option("--flows <list>", "numbers of low flows", numbers(1, 64, true)).default(
        defaults.flows,
        listed(defaults.flows),
      ),
    )
    .addOption(
      option("--rtt <list>", "round-trip times, ms", numbers(0.1, 200, false)).default(
        defaults.rtt,
        listed(defaults.rtt),
      ),
    )
    .addOption(
      option("--size <list>", "sizes of the FIFO, in rate × round-trip time", numbers(0.1, 100, false)).default(
        defaults.size,
        listed(defaults.size),
      ),
    )
    .addOption(option("--repeats <n>", "runs of everything", one(numbers(1, 100, true))).default(defaults.repeats))
    .addOption(
      option("--seconds <s>", "how long each phase is measured", one(numbers(1, 600, false))).default(defaults.seconds),
    )
    .option("--json <file>", "write the results to this file")
    .option(
      "--real-time",
      "give the traffic programs real-time priority, which starves the machine's other programs",
      false,
    )
    .option(
      "--write",
      "put the tables into docs/scavenger.md, in place of those of the same path; this is the default without other options",
      false,
    )
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)");
}

/** @throws CommanderError after printing help (exit code 0) or one error (1) to `output` */
export function parseOptions(argv: readonly string[], output: OutputConfiguration = {}): Options {
  const program = command().exitOverride().configureOutput(output);
  const given = program.parse(argv, { from: "user" }).opts();
  refuseUnwritable(program, given.json);
  const isWhole = Object.keys(defaults).every((name) => program.getOptionValueSource(name) === "default");
  return { ...(given as Omit<Options, "write">), json: given.json, write: given.write || isWhole };
}
