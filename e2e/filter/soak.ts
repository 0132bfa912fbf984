// A program: npm run soak -- [--requests 10000000] [--minutes 1440] [--seed 1] [--workers 2] [--json FILE]
// sends requests through inbound and a call of each through outbound, half of them of the default level, half of them under an id of their
// own and half under one that others have at the same moment; exits 1 where a level was wrong, a cause was not found, a request failed or
// memory grew.
import { writeFileSync } from "node:fs";
import { bar, clock } from "../measure/progress-bar.ts";
import { readOptions } from "./options.ts";
import { runSoak, type SoakResult } from "./soak-run.ts";

/** Allowed growth of resident memory once the slots are in use, kB; without a bound, ids would take at least 80 bytes each. */
const allowedGrowth = 2048;

/** Requests after which next to every slot has been used. */
const enough = 250_000;

/** Prints a bar on a terminal, otherwise a line for each hundredth of the run. */
function follow(requests: number): (done: number, share: number) => void {
  const live = process.stderr.isTTY;
  const begin = performance.now();
  let printed = 0;
  return (done, share) => {
    if (share < printed && done !== requests) return;
    printed = share + (live ? 0.001 : 0.01);
    const seconds = (performance.now() - begin) / 1000;
    const left = clock(seconds / share - seconds);
    const line = `${bar(share)} ${done} of ${requests}, ${Math.round(done / seconds)} per second, ${left} left`;
    process.stderr.write(live ? `\r\u001b[K${line}` : `${line}\n`);
  };
}

/** kB; undefined if there were too few requests to tell. */
function memoryGrowth({ samples }: SoakResult): number | undefined {
  const settled = samples.filter(({ requests }) => requests >= enough);
  const [first] = settled;
  return first === undefined || settled.length < 2 ? undefined : settled.at(-1)!.rss - first.rss;
}

function report(result: SoakResult): string {
  const { seed, counts, missed, seconds, workerSeconds, ownSeconds, ownMemory, samples } = result;
  const { requests } = counts;
  const cpu = [...workerSeconds, ownSeconds].reduce((sum, time) => sum + time, 0);
  const growth = memoryGrowth(result);
  return [
    `seed ${seed}, ${requests} requests with a call each: ${Math.round(seconds)} s, ${Math.round(requests / seconds)} per second, ${Math.round(requests / cpu)} per CPU second`,
    `${counts.wrong} wrong levels, ${counts.lost} demoted requests and ${missed} calls in all whose cause was not found, ${counts.errors} errors`,
    `${counts.duplicates} requests shared an id with others in flight, ${counts.disagreeing} of them at different levels`,
    `CPU seconds of each worker: ${workerSeconds.map((time) => time.toFixed(1)).join(", ")}; of this program: ${ownSeconds.toFixed(1)}`,
    `resident memory: ${samples.map(({ rss }) => rss).join(", ")} kB at equal distances; this program at most ${ownMemory} kB`,
    growth === undefined
      ? `too few requests to tell whether memory grows once slots are in use; send ${enough * 2} or more`
      : `it grew by ${growth} kB once slots were in use; allowed: ${allowedGrowth} kB`,
    ...counts.examples.map((example) => `  ${example}`),
  ].join("\n");
}

const options = readOptions({ requests: 10_000_000, minutes: 1440, seed: 1, workers: 2, json: "" });
if (options === undefined) process.exitCode = 2;
else {
  const { requests, minutes, seed, workers, json } = options;
  const settings = { requests, seconds: minutes * 60, seed, workers, samples: 10 };
  const result = await runSoak({ ...settings, progress: follow(requests) });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  console.log(report(result));
  if (json !== "") writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  const { wrong, lost, errors } = result.counts;
  const isRight = wrong + lost + errors + result.missed === 0 && (memoryGrowth(result) ?? 0) <= allowedGrowth;
  process.exitCode = isRight ? 0 : 1;
}
