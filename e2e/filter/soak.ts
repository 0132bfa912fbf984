// A program: npm run soak -- [--requests 10000000] [--seed 1] [--workers 2] [--json FILE]
// sends requests through inbound and a call of each through outbound, half of them under an id of their own and half under
// one that others have at the same moment; exits 1 where a level was wrong, a request failed or memory grew.
import { writeFileSync } from "node:fs";
import { bar, clock } from "../measure/progress-bar.ts";
import { readOptions } from "./options.ts";
import { runSoak, type SoakResult } from "./soak-run.ts";

/** Allowed growth of resident memory after the first tenth; without a bound, ids would take at least 80 bytes each. */
const allowedGrowth = 2048;

/** Prints a bar on a terminal, otherwise a line for each tenth. */
function follow(requests: number): (done: number) => void {
  const live = process.stderr.isTTY;
  const step = Math.max(1, Math.floor(requests / (live ? 500 : 10)));
  const begin = performance.now();
  return (done) => {
    if (done % step !== 0 && done !== requests) return;
    const seconds = (performance.now() - begin) / 1000;
    const left = clock((seconds / done) * (requests - done));
    const line = `${bar(done / requests)} ${done} of ${requests}, ${left} left`;
    process.stderr.write(live ? `\r\u001b[K${done === requests ? "" : line}` : `${line}\n`);
  };
}

function memoryGrowth({ samples }: SoakResult): number {
  return (samples.at(-1)?.rss ?? 0) - (samples[0]?.rss ?? 0);
}

function report(result: SoakResult): string {
  const { seed, n, counts, seconds, workerSeconds, samples } = result;
  return [
    `seed ${seed}, n ${n}: ${Math.round(seconds)} s, ${Math.round(n / seconds)} requests with a call each per second`,
    `${counts.wrong} wrong levels, ${counts.lost} calls whose cause was not found, ${counts.errors} errors`,
    `${counts.duplicates} requests shared an id with others in flight, ${counts.disagreeing} of them at different levels`,
    `CPU seconds of each worker: ${workerSeconds.map((time) => time.toFixed(1)).join(", ")}`,
    `resident memory ${samples[0]?.rss} kB after a tenth, ${samples.at(-1)?.rss} kB at the end`,
    ...counts.examples.map((example) => `  ${example}`),
  ].join("\n");
}

const options = readOptions({ requests: 10_000_000, seed: 1, workers: 2, json: "" });
if (options === undefined) process.exitCode = 2;
else {
  const { requests, seed, workers, json } = options;
  const result = await runSoak({ requests, seed, workers, samples: 10, progress: follow(requests) });
  console.log(report(result));
  if (json !== "") writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  const { wrong, errors } = result.counts;
  process.exitCode = wrong + errors > 0 || memoryGrowth(result) > allowedGrowth ? 1 : 0;
}
