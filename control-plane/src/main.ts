#!/usr/bin/env node
// The controller: reads its settings, starts its parts, and stops them in order on a signal. Wiring only.
import { CommanderError } from "commander";
import { connectApiServer } from "./controller/api-connection.ts";
import { desiredStateWithFilter } from "./controller/desired-state.ts";
import { watchIstiod } from "./controller/istiod.ts";
import { createLog } from "./controller/log.ts";
import { reconcileObserver, watchObserver } from "./controller/observers.ts";
import { readSettings, type Settings } from "./controller/settings.ts";
import { debugViews, healthOf, readingsOf } from "./controller/views.ts";
import { version } from "./core/version.ts";
import { remembered } from "./http/authorization.ts";
import { createMetrics } from "./http/metrics.ts";
import { httpServer } from "./http/server.ts";
import { electLeader } from "./kube/leader-election.ts";
import { authorizer } from "./kube/token-review.ts";
import { watchKubernetes } from "./kube/watch-cache.ts";
import { startController } from "./reconcile/controller.ts";

async function run(settings: Settings): Promise<void> {
  const { logLevel, namespace, identity } = settings;
  const log = createLog(logLevel);
  const server = await connectApiServer(settings.kubeconfig);
  const desiredState = desiredStateWithFilter(namespace);
  let enqueue = (): void => {};
  const changed = (): void => enqueue();
  const istiod = watchIstiod({ server, settings, log, changed });
  const kubernetes = watchKubernetes({
    server,
    installNamespace: namespace,
    mesh: istiod.facts,
    changed,
    observer: watchObserver(log),
  });
  const elector = electLeader({
    server,
    namespace,
    name: settings.leaseName,
    identity,
    changed: (isLeader) => {
      log.info({ identity }, isLeader ? "this replica now leads" : "this replica no longer leads");
      enqueue();
    },
  });
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
  const http = httpServer({
    health: healthOf(kubernetes, controller),
    registry: metrics.registry,
    views: debugViews(identity, { controller, kubernetes, elector }),
    authorize: remembered(authorizer(server)),
    logger: log,
  });
  await http.listen({ host: "::", port: settings.port });
  await signalled();
  // The Lease comes last, because no other replica may begin while a write of this one is in progress.
  await Promise.all([http.close(), controller.stop()]);
  await Promise.all([elector.stop(), istiod.stop(), kubernetes.stop()]);
}

function signalled(): Promise<unknown> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}

try {
  await run(readSettings(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(`error: ${(error as Error).message}`);
  process.exit(error instanceof CommanderError ? error.exitCode : 1);
}
