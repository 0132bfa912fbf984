// `npm run simulate:order`: what the order of requests can do at best in the lab's profile compute, and who pays for it.
import { Command, Option } from "commander";
import { endOnSignals, runBench, writeResults } from "../../measure/bench-program.ts";
import { none, percent } from "../../measure/format.ts";
import { painter, textTable } from "../../measure/text-table.ts";
import { unwritable } from "../../measure/unwritable.ts";
import { wholeNumber } from "../../measure/whole-number.ts";
import { type Comparison, compareOrders, orders } from "./orders.ts";

const loads = [0.5, 0.8, 0.95];

interface Options {
  readonly seed: number;
  readonly repeats: number;
  readonly duration: number;
  readonly json: string | undefined;
}

/** @throws CommanderError after printing what is wrong, or the help */
function parseOptions(argv: readonly string[]): Options {
  const program = new Command("npm run simulate:order --")
    .description(
      "Plays the lab's profile compute in virtual time, with the requests in the order in which they come, and in the order of their levels. Nothing takes time but the application's workers, so it shows the best that a queue can do. The same seed gives the same result.",
    )
    .addOption(new Option("--seed <n>", "of the arrivals").argParser(wholeNumber(1, 1_000_000)).default(1))
    .addOption(new Option("--repeats <n>", "arrival sequences").argParser(wholeNumber(1, 1000)).default(200))
    .addOption(new Option("--duration <seconds>", "of each of them").argParser(wholeNumber(1, 600)).default(20))
    .option("--json <file>", "write the results to this file")
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride();
  const { seed, repeats, duration, json } = program.parse(argv, { from: "user" }).opts();
  const reason = json === undefined ? undefined : unwritable(json);
  if (reason !== undefined) program.error(`error: --json ${json}: ${reason}`);
  return { seed, repeats, duration, json };
}

const header = [
  "order",
  "person's p50, ms",
  "gain",
  "p99, ms",
  "gain",
  "batch p50, ms",
  "p99, ms",
  "change",
  "wait, ms",
];

function table({ rho, summaries }: Comparison): string {
  const before = summaries[0]!;
  const rows = summaries.map(({ person, batch, wait }, index) => [
    ...[orders[index]!.name, person.p50.toFixed(1), (before.person.p50 / person.p50).toFixed(2)],
    ...[person.p99.toFixed(1), (before.person.p99 / person.p99).toFixed(2), batch.p50.toFixed(1)],
    ...[batch.p99.toFixed(1), index === 0 ? none : percent((batch.p99 / before.batch.p99 - 1) * 100), wait.toFixed(1)],
  ]);
  const cells = rows.map((row) => row.map((text) => ({ text })));
  return `ρ = ${rho.toFixed(2)}\n\n${textTable(header, cells, painter(process.stdout))}\n`;
}

endOnSignals();
await runBench(
  parseOptions,
  () => undefined,
  async ({ seed, repeats, duration, json }) => {
    const seeds = Array.from({ length: repeats }, (_, repeat) => [seed, repeat]);
    const comparisons = loads.map((rho) => compareOrders(rho, duration, seeds));
    console.log(`seed ${seed}, ${repeats} repeats of ${duration} s\n`);
    for (const comparison of comparisons) console.log(table(comparison));
    console.log("wait: how long a second's work waits on average, which no order changes much.");
    if (json !== undefined) writeResults(json, { seed, repeats, duration, comparisons });
  },
);
