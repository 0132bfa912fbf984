// A program: node setup/main.mjs private node e2e/filter/wrong-levels.ts [--requests 100000] [--concurrent 200]
// counts the wrong levels among mixed requests with random ids through a sidecar of two workers; exits 1 if there is any.
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../envoy/admin.ts";
import { type MixedLoad, runMixedLoad } from "./mixed-load.ts";
import { readOptions } from "./options.ts";
import { startSidecar } from "./sidecar.ts";

/** The filter's own counts, one line for each counter that isn't zero. */
async function counted(admin: string): Promise<string> {
  await sleep(1500); // counters are written once a second
  const stats = await readStats(admin, "^wasmcustom\\.expedite\\.outbound\\.");
  const lines = [...stats].filter(([, value]) => value > 0).map(([name, value]) => `  ${name}: ${value}`);
  return lines.join("\n");
}

async function main(load: MixedLoad): Promise<void> {
  const sidecar = await startSidecar();
  try {
    const result = await runMixedLoad(load, (done) => console.error(`${done} of ${load.requests}`));
    const rate = Math.round(result.requests / result.seconds);
    console.log(`${result.requests} requests, ${load.concurrent} at once, ${rate} per second`);
    console.log(`${result.wrong} wrong levels, ${result.errors} errors`);
    console.log(await counted(sidecar.envoy.admin));
    for (const example of result.examples) console.log(`  ${example}`);
    process.exitCode = result.wrong + result.errors === 0 ? 0 : 1;
  } finally {
    await sidecar.stop();
  }
}

const options = readOptions({ requests: 100_000, concurrent: 200 });
if (options === undefined) process.exitCode = 2;
else await main(options);
