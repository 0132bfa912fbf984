// `npm run bench:agent`: measures in private namespaces what the node agent costs on a node with many pods, and prints a table.
import { endOnSignals, runBench, writeResults } from "../../../e2e/measure/bench-program.ts";
import { describeMachine } from "../../../e2e/measure/machine.ts";
import { startProgress } from "../../../e2e/measure/step-progress.ts";
import { inNamespace } from "../../src/node/namespace.ts";
import { removeScavenger } from "../../src/node/scavenger.ts";
import { type AgentPod, addPod } from "../agent-pods.ts";
import { nodeName, programNode } from "../agent-program.ts";
import { shippedAgent } from "../agent-shipped.ts";
import { scavengerCopy, withoutStructOps } from "../scavenger-object.ts";
import { withoutNamespaces } from "../veth-pair.ts";
import { type Options, parseOptions } from "./options.ts";
import { measureArm, type Point } from "./points.ts";
import { pricesOf, tableOf } from "./tables.ts";

endOnSignals();

async function machineLine(): Promise<string> {
  const { versions, hardware } = await describeMachine();
  const { node, kernel, iproute2, nftables, expedite } = versions;
  return `${hardware.cpu}, ${hardware.cores} cores, Linux ${kernel}, iproute2 ${iproute2}, nftables ${nftables}, Node ${node}, Expedite ${expedite}.`;
}

async function measure(options: Options): Promise<void> {
  const watcher = startProgress(process.stderr);
  const copy = scavengerCopy();
  const scavenger = copy.object("0000e");
  const without = options.arms.includes("scavenger") ? await withoutStructOps(scavenger) : false;
  if (without !== false) console.error(`Not measured: scavenger. ${without}`);
  watcher(`making a node with ${options.pods} pods`);
  const node = await programNode("bench", { ...(await shippedAgent()), hasAccount: true });
  try {
    node.api.put("/api/v1/nodes", { metadata: { name: nodeName, labels: { pool: "general" } } });
    const pods: AgentPod[] = [];
    for (let index = 0; index < options.pods; index++) pods.push(await addPod(node, index));
    const machine = await machineLine();
    const points: Point[] = [];
    for (const arm of options.arms.filter((name) => name !== "scavenger" || without === false)) {
      points.push(await measureArm(arm, { node, pods, options, scavenger }, watcher));
      // After each arm, so that an interrupted run has given something.
      if (options.json !== undefined) writeResults(options.json, { machine, options, points });
    }
    process.stdout.write(`${machine}\n\n${tableOf(points)}\n\n${pricesOf(points)}\n`);
  } finally {
    await node.remove();
    await removeScavenger(inNamespace(undefined)!, scavenger);
    copy.remove();
  }
}

await runBench(parseOptions, withoutNamespaces, measure);
