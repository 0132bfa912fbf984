#!/usr/bin/env node
// The controller: settings in, a loop that runs until a signal. Wiring only.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { createLog } from "./controller/log.ts";
import { readSettings, type Settings } from "./controller/settings.ts";
import { remembered } from "./http/authorization.ts";
import { createMetrics } from "./http/metrics.ts";
import { httpServer } from "./http/server.ts";
import { controllerStatus, statusPath } from "./http/status.ts";
import { debugPort } from "./istiod/debug.ts";
import { istiodMesh } from "./istiod/mesh.ts";
import { watchMeshConfig } from "./istiod/watch-mesh-config.ts";
import { apiServer } from "./kube/api-server.ts";
import { istiodPods } from "./kube/istiod-pods.ts";
import { loadKubeConfig } from "./kube/kubeconfig.ts";
import { electLeader } from "./kube/leader-election.ts";
import { authorizer } from "./kube/token-review.ts";
import { watchKubernetes } from "./kube/watch-cache.ts";
import { preflight } from "./preflight/preflight.ts";
import { startController } from "./reconcile/controller.ts";
import { desiredStateOf } from "./reconcile/desired-state.ts";
import { moduleOf } from "./render/istio/filter.ts";

const version = "0.1.0";
const filterFile = fileURLToPath(new URL("../../filter/dist/filter.wasm", import.meta.url));
/** Where the Deployment mounts a token for istiod. */
const tokenFile = "/var/run/secrets/tokens/istio-token";

async function run(settings: Settings): Promise<void> {
  const log = createLog(settings.logLevel);
  const config = loadKubeConfig(settings.kubeconfig);
  const server = apiServer(config);
  const bytes = new Uint8Array(readFileSync(filterFile));
  let enqueue = (): void => {};
  const means = { module: moduleOf(bytes), installNamespace: settings.namespace, preflight: preflight(bytes) };
  const istiods = istiodPods(server, settings.rootNamespace);
  const ask = debugPort(existsSync(tokenFile) ? tokenFile : undefined);
  const mesh = watchMeshConfig({
    ...{ istiods: istiods.pods, ask, clusterDomain: settings.clusterDomain },
    changed: () => {
      log.info(mesh.facts(), "mesh config");
      enqueue();
    },
    said: (text) => log.warn(text),
  });
  const kubernetes = watchKubernetes({
    ...{ server, installNamespace: settings.namespace, mesh: mesh.facts },
    changed: () => enqueue(),
  });
  const elector = electLeader({
    ...{ server, namespace: settings.namespace, name: settings.leaseName, identity: settings.identity },
    changed: (isLeader) => {
      log.info({ isLeader }, "leadership");
      enqueue();
    },
  });
  const readings = {
    staleness: kubernetes.staleness,
    isLeader: elector.isLeader,
    synced: kubernetes.synced,
    objects: kubernetes.objects,
    reflectors: kubernetes.reflectors,
    proxies: () => {
      const counts = { programmed: 0, refused: 0, pending: 0, unsupported: 0 };
      for (const { state } of controller.proxies() ?? []) counts[state]++;
      return counts;
    },
  };
  const metrics = createMetrics(readings, version);
  const controller = startController({
    ...{ kubernetes, isLeader: elector.isLeader },
    mesh: istiodMesh(() => istiods.pods().map(({ url }) => url), ask),
    desiredState: (cacheState) => desiredStateOf(cacheState, means),
    observer: {
      reconciled: (seconds, error) => {
        metrics.reconciled(seconds, error !== undefined);
        if (error !== undefined) log.error({ error: error.message }, "a turn failed and is tried again");
      },
      wrote: (verb, kind, name, error) => {
        metrics.wrote(verb, kind, error !== undefined);
        if (error === undefined) log.info({ verb, kind, name }, "wrote");
        else log.error({ verb, kind, name, error: error.message }, "could not write");
      },
    },
  });
  enqueue = controller.enqueue;
  const lastReconcile = (): number | undefined => {
    const at = controller.lastReconcile();
    return at === undefined ? undefined : (performance.now() - at) / 1000;
  };
  const http = httpServer({
    health: { sinceReconcile: lastReconcile, uptime: () => process.uptime(), synced: readings.synced },
    registry: metrics.registry,
    views: {
      plan: {
        read: controller.plan,
        missing: () => `there is no plan yet, or another replica leads: see ${statusPath}`,
      },
      snapshot: {
        read: () => kubernetes.cacheState()?.snapshot,
        missing: () => "there is no snapshot yet: see /readyz, and whether there is a PriorityLadder named default",
      },
      status: {
        read: () =>
          controllerStatus({
            ...{ identity: settings.identity, isLeader: elector.isLeader(), leader: elector.leader() },
            proxies: controller.proxies(),
          }),
        missing: () => "there is no status",
      },
    },
    authorize: remembered(authorizer(config)),
    logger: log,
  });
  await http.listen({ host: "::", port: settings.port });
  await signalled();
  // The Lease last: nobody else may begin while a write of ours is under way.
  await Promise.all([http.close(), controller.stop()]);
  await Promise.all([elector.stop(), mesh.stop(), istiods.stop(), kubernetes.stop()]);
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
