// A program: node setup/main.mjs private node e2e/filter/soak.ts [--ids 1000000] [--samples 10]
// sends requests with distinct ids through inbound and prints the resident memory of Envoy as they go. The first tenth
// fills the slot table and Envoy's own pools; after that memory should stay where it is.
import { readCounts } from "./options.ts";
import { runSoak } from "./soak-load.ts";

const options = readCounts({ ids: 1_000_000, samples: 10 });
if (options === undefined) process.exitCode = 2;
else {
  console.log("      ids  RSS in kB");
  const { samples, seconds } = await runSoak(options.ids, options.samples, ({ ids, rss }) =>
    console.log(`${`${ids}`.padStart(9)}  ${rss}`),
  );
  const [first, last] = [samples[0]?.rss ?? 0, samples.at(-1)?.rss ?? 0];
  console.log(
    `${Math.round(options.ids / seconds)} requests per second; RSS grew by ${last - first} kB after the first tenth`,
  );
}
