// npm run soak:queue: the test of never-stuck.test.ts with 10^5 requests and 100 changes of the configuration.
import { readOptions } from "../options.ts";
import { runMixedFaults } from "./mixed-faults.ts";

const options = readOptions({ requests: 100_000, workers: 2, changes: 100 });
if (options === undefined) process.exitCode = 2;
else {
  const { wrong, longest, ...counts } = await runMixedFaults(options);
  console.log(JSON.stringify(counts), `longest answer ${longest.toFixed(0)} ms, ${wrong.length} wrong`);
  for (const line of wrong.slice(0, 10)) console.log(line);
  if (wrong.length > 0) process.exitCode = 1;
}
