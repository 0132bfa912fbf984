// Runs a test against an application behind a proxy, and checks that no slot of the queue is lost in the end.
import { waitUntil } from "../../process/wait.ts";
import { type Application, startApplication } from "./application.ts";
import { ports, QueueProxy, type QueueProxyOptions } from "./proxy.ts";

export type Site = { readonly application: Application; readonly proxy: QueueProxy };

export async function withQueue(options: QueueProxyOptions, run: (site: Site) => Promise<void>): Promise<void> {
  const application = await startApplication({ port: ports.application, workers: 100, proxy: ports.inbound });
  const proxy = await QueueProxy.start(options);
  try {
    await run({ application, proxy });
    await waitUntil({ what: "no slot is lost", seconds: 5 }, async () => (await proxy.queueStat("in_flight")) === 0);
  } finally {
    await proxy.stop();
    await application.close();
  }
}
