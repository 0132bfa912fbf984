// `npm run bench:filter`: measures in private namespaces what the filter costs; prints tables, writes docs/performance.md.
import { runBench, writeResults } from "../measure/bench-program.ts";
import { countCode } from "./code.ts";
import { measureCold } from "./cold.ts";
import { compareVariants } from "./compare-variants.ts";
import { documentResults } from "./document.ts";
import { expectedLengths } from "./expected-lengths.ts";
import { measureMemory } from "./memory.ts";
import { type Options, parseOptions } from "./options.ts";
import { watchOthers } from "./others.ts";
import { priceCalls } from "./price-calls.ts";
import { Progress } from "./progress.ts";
import { describeMachine, type Results, resultsOf } from "./results.ts";
import { scale } from "./scale.ts";
import { conditions, tables, textOf } from "./tables.ts";

async function measure(options: Options): Promise<Results> {
  const { rounds, seconds, parts } = options;
  const progress = new Progress(process.stderr, expectedLengths(options));
  const settings = { rounds, seconds, progress: progress.next };
  const others = watchOthers();
  try {
    // In the order of partNames.
    const measured = {
      variants: parts.includes("variants") ? await compareVariants(options.variants, settings) : undefined,
      cold: parts.includes("cold") ? await measureCold(options.variants, settings) : undefined,
      prices: parts.includes("host-calls") ? await priceCalls({ ...settings, seconds: seconds / 2 }) : undefined,
      scaling: parts.includes("scaling") ? await scale(settings) : undefined,
      memory: parts.includes("memory") ? await measureMemory(progress.next) : undefined,
      code: parts.includes("code") ? countCode(options.variants, progress.next) : undefined,
    };
    return resultsOf({ machine: describeMachine(others()), options, ...measured });
  } finally {
    progress.end();
  }
}

await runBench(
  parseOptions,
  () => undefined,
  async (options) => {
    const results = await measure(options);
    const head = conditions(results, options.parts);
    process.stdout.write(`${[head, ...tables(results).map(textOf)].join("\n\n")}\n`);
    if (options.json !== undefined) writeResults(options.json, results);
    if (options.write) documentResults(results);
  },
);
