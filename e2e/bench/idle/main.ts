// `npm run bench:idle`: what the filter adds to a request's latency in a mesh with next to no load; prints a table, writes docs/performance.md.
import { Command, Option } from "commander";
import { closeClient } from "../../envoy/client.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { runBench, writeResults } from "../../measure/bench-program.ts";
import { documentMeasured } from "../../measure/measured-section.ts";
import { refuseUnwritable } from "../../measure/unwritable.ts";
import { wholeNumber } from "../../measure/whole-number.ts";
import { checkDemotions, checkLog } from "../check.ts";
import { watchOthers } from "../others.ts";
import { Progress } from "../progress.ts";
import { describeMachine } from "../results.ts";
import { markdownOf, onMachine, textOf } from "../tables.ts";
import { chain, passes } from "./chain.ts";
import { playIdle, warmUp } from "./play.ts";
import { idleRows, idleTable } from "./tables.ts";
import { idleVariants } from "./variants.ts";

interface Options {
  readonly rounds: number;
  readonly rate: number;
  readonly json: string | undefined;
  /** Whether to put the table into docs/performance.md. */
  readonly write: boolean;
}

function parseOptions(argv: readonly string[]): Options {
  const program = new Command("npm run bench:idle --")
    .description(
      `Measures the latency of single requests that pass ${passes.length} listeners, with no filter, native filters, Lua and Expedite in turns.`,
    )
    .addOption(
      new Option("--rounds <n>", "requests of each variant, and again beside demoted ones")
        .argParser(wholeNumber(6, 100_000))
        .default(500),
    )
    .addOption(
      new Option("--rate <n>", "requests per second, of all variants together")
        .argParser(wholeNumber(1, 1000))
        .default(25),
    )
    .option("--json <file>", "write the results to this file")
    .option("--write", "put the table into docs/performance.md; this is the default without other options", false)
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride();
  const given = program.parse(argv, { from: "user" }).opts();
  refuseUnwritable(program, given.json);
  const isWhole = ["rounds", "rate"].every((name) => program.getOptionValueSource(name) === "default");
  return { rounds: given.rounds, rate: given.rate, json: given.json, write: given.write || isWhole };
}

async function measure({ rounds, rate }: Options) {
  const variants = idleVariants();
  const undemoted = variants.filter(({ isDemoted }) => !isDemoted);
  const others = watchOthers();
  const envoys: Envoy[] = [];
  const turns = warmUp + rounds;
  const progress = new Progress(
    process.stderr,
    [undemoted, variants].map(({ length }) => ({ turns, seconds: length / rate })),
  );
  const settings = (which: string) => ({
    ...{ rounds, rate },
    progress: (round: number) => {
      // Without a terminal, a line for each tenth.
      const tenth = Math.floor((round * 10) / rounds) * 10;
      progress.next(`${which}, ${tenth} %`, `round ${round} of ${rounds}`);
    },
  });
  try {
    for (const configuration of chain(variants))
      envoys.push(await startEnvoy({ bootstrap: configuration, concurrency: 1 }));
    const quiet = await playIdle(variants, undemoted, settings("nothing demoted"));
    // A gateway looks for no causes of calls, so it has no gauge.
    const pods = envoys.slice(1);
    for (const envoy of pods) await checkDemotions(envoy, false);
    const busy = await playIdle(variants, variants, settings("with demoted requests"));
    for (const envoy of pods) await checkDemotions(envoy, true);
    for (const envoy of envoys) checkLog(envoy);
    return { machine: describeMachine(others()), rows: idleRows(quiet, busy) };
  } finally {
    progress.end();
    closeClient();
    for (const envoy of envoys) await envoy.stop();
  }
}

await runBench(
  parseOptions,
  () => undefined,
  async (options) => {
    const { rounds, rate, json, write } = options;
    const { machine, rows } = await measure(options);
    const conditions = `${onMachine(machine)} ${rounds} requests of each variant, ${rate} per second in all, ${passes.length} passes; medians, in brackets the 95 % interval.`;
    const table = idleTable(rows);
    process.stdout.write(`${conditions}\n\n${textOf(table)}\n`);
    if (json !== undefined) writeResults(json, { rounds, rate, machine, rows });
    if (write)
      documentMeasured([markdownOf(table), conditions].join("\n\n"), { name: "performance.md", script: "bench:idle" });
  },
);
