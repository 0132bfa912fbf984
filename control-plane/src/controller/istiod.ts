// Finds istiod, polls it for the facts of the mesh, and gives the reconciler its view of the proxies.
import { existsSync } from "node:fs";
import type { Logger } from "pino";
import { debugPort } from "../istiod/debug.ts";
import { istiodMesh } from "../istiod/mesh.ts";
import { watchMeshConfig } from "../istiod/watch-mesh-config.ts";
import type { ApiServer } from "../kube/api-server.ts";
import { istiodPods } from "../kube/istiod-pods.ts";
import type { Mesh, MeshFacts } from "../reconcile/ports.ts";
import type { Settings } from "./settings.ts";

/** Where the Deployment mounts a token for istiod. */
const tokenFile = "/var/run/secrets/tokens/istio-token";

export type IstiodOptions = {
  readonly server: ApiServer;
  readonly settings: Pick<Settings, "rootNamespace" | "clusterDomain">;
  readonly log: Logger;
  /** Called after each change of the mesh's facts. */
  readonly changed: () => void;
};

export type Istiod = {
  readonly mesh: Mesh;
  readonly facts: () => MeshFacts;
  readonly stop: () => Promise<void>;
};

export function watchIstiod({ server, settings, log, changed }: IstiodOptions): Istiod {
  const { rootNamespace, clusterDomain } = settings;
  const pods = istiodPods(server, rootNamespace);
  const ask = debugPort(existsSync(tokenFile) ? tokenFile : undefined);
  const config = watchMeshConfig({
    istiods: pods.pods,
    ask,
    defaults: { istiodNamespace: rootNamespace, clusterDomain },
    changed: () => {
      log.info(config.facts(), "the mesh config changed");
      changed();
    },
    warn: (text) => log.warn(text),
  });
  return {
    mesh: istiodMesh(pods.pods, ask),
    facts: config.facts,
    stop: async () => {
      await Promise.all([config.stop(), pods.stop()]);
    },
  };
}
