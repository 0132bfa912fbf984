#!/usr/bin/env node
// The controller: reads its settings, starts its parts, and stops them in order on a signal. Wiring only.
import { desiredStateWithFilter } from "./controller/desired-state.ts";
import { watchIstiod } from "./controller/istiod.ts";
import { leadership } from "./controller/leadership.ts";
import { reconcileObserver } from "./controller/observers.ts";
import { controllerServer } from "./controller/server.ts";
import { readSettings, type Settings } from "./controller/settings.ts";
import { readingsOf } from "./controller/views.ts";
import { version } from "./core/version.ts";
import { createMetrics } from "./http/metrics.ts";
import { watchKubernetes } from "./kube/watch-cache.ts";
import { connectApiServer } from "./program/api-connection.ts";
import { createLog } from "./program/log.ts";
import { signalled, start } from "./program/start.ts";
import { watchObserver } from "./program/watch-observer.ts";
import { startController } from "./reconcile/controller.ts";

async function run(settings: Settings): Promise<void> {
  const { logLevel, identity } = settings;
  const log = createLog(logLevel);
  const server = await connectApiServer(settings.kubeconfig);
  const desiredState = desiredStateWithFilter();
  let enqueue = (): void => {};
  const changed = (): void => enqueue();
  const istiod = watchIstiod({ server, settings, log, changed });
  const kubernetes = watchKubernetes({
    server,
    mesh: istiod.facts,
    changed,
    observer: watchObserver(log),
  });
  const elector = leadership({ server, settings, log, changed });
  const metrics = createMetrics(
    readingsOf(kubernetes, elector, () => controller),
    version,
  );
  const controller = startController({
    kubernetes,
    isLeader: elector.isLeader,
    mesh: istiod.mesh,
    desiredState,
    observer: reconcileObserver(log, metrics),
  });
  enqueue = controller.enqueue;
  const { port } = settings;
  const http = await controllerServer({ identity, controller, kubernetes, elector, metrics, server, port, log });
  await signalled();
  // The Lease comes last, because no other replica may begin while a write of this one is in progress.
  await Promise.all([http.close(), controller.stop()]);
  await Promise.all([elector.stop(), istiod.stop(), kubernetes.stop()]);
}

await start(() => run(readSettings(process.argv.slice(2))));
