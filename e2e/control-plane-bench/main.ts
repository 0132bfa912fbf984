// `npm run bench:control-plane`: measures in private namespaces what Expedite costs a large mesh; prints tables, writes docs/control-plane-cost.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CommanderError } from "commander";
import { obstacle } from "../kubernetes/build/requirements.ts";
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

// As the first process of its pid namespace, it ignores signals without a handler; all other processes end with it.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => process.exit(code));

async function measure(options: Options): Promise<void> {
  const watcher = startProgress(process.stderr);
  watcher("starting etcd, API server and istiod");
  await using site = await startSite();
  const points = await measurePoints(site, options, watcher);
  const machine = await machineLine();
  const tables = tablesOf(points, machine);
  process.stdout.write(`${tables}\n`);
  if (options.json !== undefined) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify({ machine, points }, undefined, 1)}\n`);
  }
  if (options.write) documentTables(tables);
}

try {
  const options = parseOptions(process.argv.slice(2));
  const reason = obstacle() ?? (options.arms.includes("with") ? controllerObstacle() : undefined);
  if (reason === undefined) await measure(options);
  else {
    console.error(reason);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(error);
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}
