// `npm run bench:agent`: measures in private namespaces what the node agent costs on a node with many pods, and prints a table.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CommanderError } from "commander";
import { describeMachine } from "../../../e2e/measure/machine.ts";
import { clock } from "../../../e2e/measure/progress-bar.ts";
import { type AgentPod, addPod } from "../agent-pods.ts";
import { nodeName, programNode } from "../agent-program.ts";
import { shippedAgent } from "../agent-shipped.ts";
import { withoutNamespaces } from "../veth-pair.ts";
import { arms } from "./ladders.ts";
import { type Options, parseOptions } from "./options.ts";
import { measureArm, type Point } from "./points.ts";
import { pricesOf, tableOf } from "./tables.ts";

// As the first process of its pid namespace, it ignores signals without a handler; all other processes end with it.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => process.exit(code));

async function machineLine(): Promise<string> {
  const { versions, hardware } = await describeMachine();
  const { node, kernel, iproute2, nftables, expedite } = versions;
  return `${hardware.cpu}, ${hardware.cores} cores, Linux ${kernel}, iproute2 ${iproute2}, nftables ${nftables}, Node ${node}, Expedite ${expedite}.`;
}

function writeJson(file: string, results: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 1)}\n`);
}

async function measure(options: Options): Promise<void> {
  const began = performance.now();
  const watcher = (step: string): void =>
    void process.stderr.write(`[${clock((performance.now() - began) / 1000)}] ${step}\n`);
  watcher(`making a node with ${options.pods} pods`);
  const node = await programNode("bench", { ...(await shippedAgent()), hasAccount: true });
  try {
    node.api.put("/api/v1/nodes", { metadata: { name: nodeName, labels: { pool: "general" } } });
    const pods: AgentPod[] = [];
    for (let index = 0; index < options.pods; index++) pods.push(await addPod(node, index));
    const machine = await machineLine();
    const points: Point[] = [];
    for (const arm of arms) {
      points.push(await measureArm(arm, { node, pods, options }, watcher));
      // After each arm, so that an interrupted run has given something.
      if (options.json !== undefined) writeJson(options.json, { machine, options, points });
    }
    process.stdout.write(`${machine}\n\n${tableOf(points)}\n\n${pricesOf(points)}\n`);
  } finally {
    await node.remove();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  const reason = await withoutNamespaces();
  if (reason === false) await measure(options);
  else {
    console.error(reason);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(error);
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}
