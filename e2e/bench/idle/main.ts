// `npm run bench:idle`: what the filter adds to a request's latency in a mesh with next to no load; prints a table.
import { Command, Option } from "commander";
import { closeClient } from "../../envoy/client.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { runBench, writeResults } from "../../measure/bench-program.ts";
import { share } from "../../measure/format.ts";
import { refuseUnwritable } from "../../measure/unwritable.ts";
import { wholeNumber } from "../../measure/whole-number.ts";
import { checkLog } from "../check.ts";
import { watchOthers } from "../others.ts";
import { chain, passes } from "./chain.ts";
import { playIdle } from "./play.ts";
import { idleRows, idleTable } from "./tables.ts";
import { idleVariants } from "./variants.ts";

interface Options {
  readonly rounds: number;
  readonly rate: number;
  readonly json: string | undefined;
}

function parseOptions(argv: readonly string[]): Options {
  const program = new Command("npm run bench:idle --")
    .description(
      `Measures the latency of single requests that pass ${passes.length} listeners, with no filter, native filters, Lua and Expedite in turns.`,
    )
    .addOption(new Option("--rounds <n>", "requests of each variant").argParser(wholeNumber(6, 100_000)).default(500))
    .addOption(
      new Option("--rate <n>", "requests per second, of all variants together")
        .argParser(wholeNumber(1, 1000))
        .default(25),
    )
    .option("--json <file>", "write the results to this file")
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride();
  const given = program.parse(argv, { from: "user" }).opts();
  refuseUnwritable(program, given.json);
  return { rounds: given.rounds, rate: given.rate, json: given.json };
}

async function measure({ rounds, rate }: Options) {
  const variants = idleVariants();
  const others = watchOthers();
  const envoys: Envoy[] = [];
  try {
    for (const configuration of chain(variants))
      envoys.push(await startEnvoy({ bootstrap: configuration, concurrency: 1 }));
    const step = Math.max(1, Math.floor(rounds / 10));
    const progress = (round: number): void => {
      if (round % step === 0) process.stderr.write(`round ${round} of ${rounds}\n`);
    };
    const latencies = await playIdle(variants, { rounds, rate, progress });
    for (const envoy of envoys) checkLog(envoy);
    return { others: others(), rows: idleRows(latencies) };
  } finally {
    closeClient();
    for (const envoy of envoys) await envoy.stop();
  }
}

await runBench(
  parseOptions,
  () => undefined,
  async (options) => {
    const { others, rows } = await measure(options);
    const settings = `${options.rounds} requests of each variant, ${options.rate} per second in all, ${passes.length} passes; other programs had ${share(others)} of the CPU time.`;
    process.stdout.write(`${settings}\n\n${idleTable(rows)}\n`);
    if (options.json !== undefined) writeResults(options.json, { ...options, others, rows });
  },
);
