// `npm run bench:scavenger`: measures in private namespaces how far low flows yield at a FIFO; prints tables, writes docs/scavenger.md.
import { loadavg } from "node:os";
import { endOnSignals, runBench, writeResults } from "../measure/bench-program.ts";
import { rate as rateText } from "../measure/format.ts";
import { describeMachine } from "../measure/machine.ts";
import { documented, documentMeasured } from "../measure/measured-section.ts";
import { startProgress } from "../measure/step-progress.ts";
import { available, loadScavenger, unloadScavenger } from "./congestion-control.ts";
import { estimate, measure, rate, type Setting } from "./measure.ts";
import { type Options, parseOptions } from "./options.ts";
import { buildDelayer, obstacle } from "./requirements.ts";
import { merged, tablesOf } from "./tables.ts";

const document = { name: "scavenger.md", script: "bench:scavenger" } as const;

async function conditionsOf({ seconds, realTime }: Options, { unloaded }: Setting): Promise<string> {
  const { versions, hardware } = await describeMachine();
  const repeats = unloaded.length;
  const what = repeats > 1 ? `Medians of ${repeats} repeats with the least and the greatest` : "One run";
  const [load = 0] = loadavg();
  const beside = `load average at the end: ${load.toFixed(1)}`;
  return `${rateText(rate)}, ${hardware.cpu}, ${hardware.cores} cores, Linux ${versions.kernel}. ${what}; each phase measured for ${seconds} s; ${beside}${realTime ? "; real-time priority" : ""}.`;
}

endOnSignals(unloadScavenger);

async function run(options: Options): Promise<void> {
  const scavenger = await loadScavenger();
  try {
    const kernelName = (name: string): string => (name === "scavenger" ? scavenger : name);
    const has = (name: string): boolean => available().includes(kernelName(name));
    const missing = [...options.low, ...options.high].filter((name) => !has(name));
    if (missing.length > 0)
      console.error(`Not measured, because this kernel does not have them: ${[...new Set(missing)].join(", ")}`);
    const chosen = { ...options, low: options.low.filter(has), high: options.high.filter(has) };
    const say = startProgress(process.stderr);
    say(`this takes about ${Math.ceil(estimate(chosen) / 60)} min`);
    const conditions = new Map<Setting, string>();
    const textOf = (settings: readonly Setting[]): string => tablesOf(settings, { highs: chosen.high, conditions });
    const keep = async (measured: readonly Setting[], latest: Setting): Promise<void> => {
      conditions.set(latest, await conditionsOf(chosen, latest));
      if (options.json !== undefined) writeResults(options.json, { options, settings: measured });
      if (options.write) documentMeasured(merged(documented(document), textOf(measured)), document);
    };
    const settings = await measure(chosen, {
      kernelName,
      delayer: buildDelayer(),
      realTime: chosen.realTime,
      say,
      keep,
    });
    process.stdout.write(`${textOf(settings)}\n`);
  } finally {
    await unloadScavenger();
  }
}

await runBench(parseOptions, obstacle, run);
process.exit(); // programs of an interrupted measurement may still hold channels open
