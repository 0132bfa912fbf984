// `npm run simulate:queue`: which limit finds what an application does in parallel; prints tables, and draws a figure.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { endOnSignals, runBench, writeResults } from "../measure/bench-program.ts";
import { startProgress } from "../measure/step-progress.ts";
import { compare } from "./compare.ts";
import { figure } from "./figure.ts";
import { parseOptions } from "./options.ts";
import { comparisonTables } from "./tables.ts";

endOnSignals();
await runBench(
  parseOptions,
  () => undefined,
  async ({ seed, repeats, json, svg }) => {
    const comparisons = compare(seed, repeats, startProgress(process.stderr));
    process.stdout.write(`seed ${seed}, ${repeats} repeats\n\n${comparisonTables(comparisons)}`);
    if (json !== undefined)
      writeResults(json, {
        seed,
        repeats,
        scenarios: comparisons.map(({ scenario: { name, title, phases }, summaries }) => ({
          name,
          title,
          phases,
          limits: summaries,
        })),
      });
    if (svg === undefined) return;
    mkdirSync(dirname(svg), { recursive: true });
    writeFileSync(svg, figure(comparisons));
  },
);
