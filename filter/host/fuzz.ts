// npm run fuzz [-- --cases 1000000 --seed 1]: sends random requests and configurations through the filter; the exit code is 1 if one of
// them traps, or leaves what it must not.
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runFuzz } from "./fuzz/run.ts";

const usage = "options: --cases NUMBER (default 1000000) --seed NUMBER (default: random)";

function number(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[0-9]{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new Error(`--${name}: "${text}" is not a whole number below 4294967296`);
}

function bar(done: number, all: number): void {
  const width = 40;
  const full = Math.round((done / all) * width);
  process.stderr.write(`\r${"█".repeat(full)}${"░".repeat(width - full)} ${Math.floor((100 * done) / all)} %`);
}

try {
  const { values } = parseArgs({ options: { cases: { type: "string" }, seed: { type: "string" } } });
  const cases = number("cases", values.cases, 1_000_000);
  const seed = number("seed", values.seed, randomInt(2 ** 32));
  const file = process.env.EXPEDITE_FILTER;
  if (file === undefined) throw new Error("EXPEDITE_FILTER is not set: start through npm run fuzz");
  const module = new WebAssembly.Module(readFileSync(file) as Uint8Array<ArrayBuffer>);
  console.log(`seed ${seed}, ${cases} cases`);
  const start = performance.now();
  const counts = runFuzz({
    module,
    cases,
    seed,
    ...(process.stderr.isTTY ? { onProgress: (done: number) => bar(done, cases) } : {}),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  for (const [what, count] of Object.entries(counts)) console.log(`${what.padEnd(10)} ${count}`);
  console.log(`no trap, memory flat, ${((performance.now() - start) / 1000).toFixed(0)} s`);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  if (error instanceof TypeError || (error instanceof Error && error.message.startsWith("--"))) console.error(usage);
  process.exitCode = 1;
}
