// `npm run bench:scavenger`: measures in private namespaces how far low flows yield at a FIFO; prints tables, writes docs/scavenger.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CommanderError } from "commander";
import { rate as rateText } from "../measure/format.ts";
import { describeMachine } from "../measure/machine.ts";
import { documentMeasured } from "../measure/measured-section.ts";
import { startProgress } from "../measure/step-progress.ts";
import { available, loadScavenger, unloadScavenger } from "./congestion-control.ts";
import { estimate, measure, rate, type Setting } from "./measure.ts";
import { type Options, parseOptions } from "./options.ts";
import { buildDelayer, obstacle } from "./requirements.ts";
import { tablesOf } from "./tables.ts";

async function conditions({ seconds }: Options, [first]: readonly Setting[]): Promise<string> {
  const { versions, hardware } = await describeMachine();
  return `${rateText(rate)}, ${hardware.cpu}, ${hardware.cores} cores, Linux ${versions.kernel}. Medians of ${first?.unloaded.length} repeats with the least and the greatest; each phase measured for ${seconds} s.`;
}

// As the first process of its pid namespace, it ignores signals without a handler; all other processes end with it.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => void unloadScavenger().finally(() => process.exit(code)));

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
      if (options.json !== undefined) {
        mkdirSync(dirname(options.json), { recursive: true });
        writeFileSync(options.json, `${JSON.stringify({ options, settings }, undefined, 1)}\n`);
      }
      if (options.write) documentMeasured(await textOf(settings), { name: "scavenger.md", script: "bench:scavenger" });
    };
    const settings = await measure(chosen, { kernelName, delayer: buildDelayer(), say, keep });
    process.stdout.write(`${await textOf(settings)}\n`);
  } finally {
    await unloadScavenger();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  const reason = obstacle();
  if (reason === undefined) await run(options);
  else {
    console.error(reason);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(error);
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}
process.exit(); // programs of an interrupted measurement may still hold channels open
