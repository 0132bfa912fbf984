// A program: node setup/main.mjs private node e2e/filter/wrong-levels.ts [--requests 100000] [--concurrent 200]
// counts the wrong levels among mixed requests with random ids through a sidecar of two workers; exits 1 if there is any.
import { type MixedLoad, runMixedLoad } from "./mixed-load.ts";
import { readCounts } from "./options.ts";
import { startSidecar } from "./sidecar.ts";

async function main(load: MixedLoad): Promise<void> {
  const sidecar = await startSidecar();
  try {
    const result = await runMixedLoad(load, (done) => console.error(`${done} of ${load.requests}`));
    const rate = Math.round(result.requests / result.seconds);
    console.log(`${result.requests} requests, ${load.concurrent} at once, ${rate} per second`);
    console.log(`${result.wrong} wrong levels, ${result.errors} errors`);
    for (const example of result.examples) console.log(`  ${example}`);
    process.exitCode = result.wrong + result.errors === 0 ? 0 : 1;
  } finally {
    await sidecar.stop();
  }
}

const options = readCounts({ requests: 100_000, concurrent: 200 });
if (options === undefined) process.exitCode = 2;
else await main(options);
