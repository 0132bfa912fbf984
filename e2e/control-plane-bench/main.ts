// `npm run bench:control-plane`: measures in private namespaces what Expedite costs a large mesh; prints tables, writes docs/control-plane-cost.md.
import { obstacle } from "../kubernetes/build/requirements.ts";
import { endOnSignals, runBench, writeResults } from "../measure/bench-program.ts";
import { describeMachine } from "../measure/machine.ts";
import { startProgress } from "../measure/step-progress.ts";
import { documentTables } from "./document.ts";
import { type Options, parseOptions } from "./options.ts";
import { measurePoints } from "./points.ts";
import { controllerObstacle } from "./site/controller.ts";
import { startSite } from "./site/site.ts";
import { tablesOf } from "./tables.ts";

async function machineLine(): Promise<string> {
  const { versions, hardware } = await describeMachine();
  const { cpu, cores, memoryGiB } = hardware;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${versions.kernel}, Node ${versions.node}, Envoy ${versions.envoy}, Expedite ${versions.expedite}.`;
}

endOnSignals();

async function measure(options: Options): Promise<void> {
  const watcher = startProgress(process.stderr);
  watcher("starting etcd, API server and istiod");
  await using site = await startSite();
  const points = await measurePoints(site, options, watcher);
  const machine = await machineLine();
  const tables = tablesOf(points, machine);
  process.stdout.write(`${tables}\n`);
  if (options.json !== undefined) writeResults(options.json, { machine, points });
  if (options.write) documentTables(tables);
}

await runBench(
  parseOptions,
  ({ arms }) => obstacle() ?? (arms.some((arm) => arm !== "without") ? controllerObstacle() : undefined),
  measure,
);
