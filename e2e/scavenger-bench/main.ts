// `npm run bench:scavenger`: measures in private namespaces how far low flows yield at a FIFO; prints tables, writes docs/scavenger.md.
import { loadavg } from "node:os";
import { endOnSignals, runBench, writeResults } from "../measure/bench-program.ts";
import { rate as rateText } from "../measure/format.ts";
import { describeMachine } from "../measure/machine.ts";
import { documentMeasured } from "../measure/measured-section.ts";
import { startProgress } from "../measure/step-progress.ts";
import { available, loadScavenger, unloadScavenger } from "./congestion-control.ts";
import { estimate, measure, rate, type Setting } from "./measure.ts";
import { type Options, parseOptions } from "./options.ts";
import { buildDelayer, obstacle } from "./requirements.ts";
import { tablesOf } from "./tables.ts";

async function conditions({ seconds, realTime }: Options, [first]: readonly Setting[]): Promise<string> {
  const { versions, hardware } = await describeMachine();
  const repeats = first?.unloaded.length ?? 0;
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
    const textOf = async (settings: readonly Setting[]): Promise<string> =>
      [await conditions(chosen, settings), tablesOf(settings, chosen.high)].join("\n\n");
    const keep = async (settings: readonly Setting[]): Promise<void> => {
      if (options.json !== undefined) writeResults(options.json, { options, settings });
      if (options.write) documentMeasured(await textOf(settings), { name: "scavenger.md", script: "bench:scavenger" });
    };
    const settings = await measure(chosen, {
      kernelName,
      delayer: buildDelayer(),
      realTime: chosen.realTime,
      say,
      keep,
    });
    process.stdout.write(`${await textOf(settings)}\n`);
  } finally {
    await unloadScavenger();
  }
}

await runBench(parseOptions, obstacle, run);
process.exit(); // programs of an interrupted measurement may still hold channels open
