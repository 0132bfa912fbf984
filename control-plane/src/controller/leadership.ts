// Elects the leader among the replicas. The first leader of an installation creates the PriorityLadder.
import type { Logger } from "pino";
import type { ApiServer } from "../kube/api-server.ts";
import { ensureDefaultLadder } from "../kube/default-ladder.ts";
import { type Elector, electLeader } from "../kube/leader-election.ts";
import type { Settings } from "./settings.ts";

export type LeadershipOptions = {
  readonly server: ApiServer;
  readonly settings: Pick<Settings, "namespace" | "leaseName" | "identity" | "createLadder">;
  readonly log: Logger;
  /** Called when this replica begins or ceases to lead. */
  readonly changed: () => void;
};

export function leadership({ server, settings, log, changed }: LeadershipOptions): Elector {
  const { namespace, leaseName, identity, createLadder } = settings;
  const elector = electLeader({
    server,
    namespace,
    name: leaseName,
    identity,
    changed: (isLeader) => {
      log.info({ identity }, isLeader ? "this replica now leads" : "this replica no longer leads");
      if (isLeader && createLadder === "true")
        void ensureDefaultLadder({
          ...{ server, namespace, leaseName, isLeader: () => elector.isLeader() },
          created: () => log.info('created the PriorityLadder "default" in mode Observe'),
          failed: (error) => log.warn(`cannot create the PriorityLadder "default": ${error.message}`),
        });
      changed();
    },
  });
  return elector;
}
