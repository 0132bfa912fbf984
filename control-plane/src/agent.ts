#!/usr/bin/env node
// The node agent: reads its settings, starts its parts, and stops them on a signal without undoing anything. Wiring only.
import { type Agent, startAgent } from "./agent/agent-loop.ts";
import { ClassTotals } from "./agent/class-totals.ts";
import { lockNode } from "./agent/lock.ts";
import { nodeStatus } from "./agent/node-status.ts";
import { agentObserver } from "./agent/observer.ts";
import { nodeReconciler } from "./agent/reconcile-node.ts";
import { agentServer } from "./agent/server.ts";
import { readSettings, type Settings } from "./agent/settings.ts";
import { nodeStatusWriter } from "./kube/node-status-writer.ts";
import { watchNode } from "./kube/node-watch.ts";
import { watchKernel } from "./node/kernel-events.ts";
import { connectApiServer } from "./program/api-connection.ts";
import { createLog } from "./program/log.ts";
import { signalled, start } from "./program/start.ts";
import { watchObserver } from "./program/watch-observer.ts";

async function run({ node, namespaces, scavenger, interval, port, logLevel, kubeconfig }: Settings): Promise<void> {
  const log = createLog(logLevel);
  const server = await connectApiServer(kubeconfig);
  let agent: Agent | undefined;
  const changed = (): void => agent?.enqueue();
  const watch = watchNode({ server, node, changed, observer: watchObserver(log) });
  const totals = new ClassTotals();
  const classes = () => totals.all();
  const { http, metrics } = await agentServer({ agent: () => agent, classes, watch, interval, port, log });
  const ending = new AbortController();
  const end = signalled().then(() => ending.abort());
  const waiting = (): void => log.info("another agent holds the node: waiting until it ends");
  const lock = await lockNode("expedite-agent", { signal: ending.signal, waiting }).catch(() => undefined);
  if (lock !== undefined) {
    const failed = (error: Error): void => log.warn({ error: error.message }, "the PriorityNode cannot be written yet");
    const writer = nodeStatusWriter({ server, node, uid: watch.uid, failed });
    const observer = agentObserver(log, metrics);
    agent = startAgent({
      inputs: watch.inputs,
      reconcile: nodeReconciler({ folder: namespaces, interval: interval * 1000, scavenger }),
      observer: {
        ...observer,
        reconciled: (result) => {
          totals.add(result.report);
          observer.reconciled(result);
          writer.write(nodeStatus(result.report, result.inputs));
        },
      },
      times: { interval: interval * 1000 },
    });
    const kernel = watchKernel({ changed, ended: (message) => log.warn(message) });
    await end;
    kernel.stop();
    await writer.stop();
  }
  await Promise.all([http.close(), watch.stop(), agent?.stop()]);
}

await start(() => run(readSettings(process.argv.slice(2))));
