// Elects the leader among the replicas: the one that has the installation's Lease, while no other installation serves the cluster. The first
// leader of an installation creates the PriorityLadder.
import type { Logger } from "pino";
import type { ApiServer } from "../kube/api-server.ts";
import { ensureDefaultLadder } from "../kube/default-ladder.ts";
import { claimLadder } from "../kube/ladder-claim.ts";
import { type Elector, electLeader } from "../kube/leader-election.ts";
import type { Settings } from "./settings.ts";

export type LeadershipOptions = {
  readonly server: ApiServer;
  readonly settings: Pick<Settings, "namespace" | "leaseName" | "identity" | "createLadder">;
  readonly log: Logger;
  /** Called when this replica begins or ceases to lead. */
  readonly changed: () => void;
};

export type Leadership = Elector & {
  /** The Lease of another installation that serves the cluster, as namespace/name, if this replica would lead otherwise. */
  readonly servedBy: () => string | undefined;
};

export function leadership({ server, settings, log, changed }: LeadershipOptions): Leadership {
  const { namespace, leaseName, identity, createLadder } = settings;
  let wasLeader = false;
  const isLeader = (): boolean => elector.isLeader() && claim.isHeld();
  const report = (): void => {
    if (isLeader() === wasLeader) return;
    wasLeader = isLeader();
    log.info({ identity }, wasLeader ? "this replica now leads" : "this replica no longer leads");
    if (wasLeader && createLadder === "true")
      void ensureDefaultLadder({
        ...{ server, namespace, leaseName, isLeader },
        created: () => {
          log.info('created the PriorityLadder "default" in mode Observe');
          claim.check();
        },
        failed: (error) => log.warn(`cannot create the PriorityLadder "default": ${error.message}`),
      });
    changed();
  };
  const elector = electLeader({
    ...{ server, namespace, name: leaseName, identity },
    changed: () => {
      claim.check();
      report();
    },
  });
  const claim = claimLadder({
    ...{ server, namespace, leaseName, hasLease: elector.isLeader, changed: report },
    refused: (other) => log.warn({ other }, servedByAnother(other)),
    failed: (error) => log.warn(`cannot tell whether another Expedite serves this cluster: ${error.message}`),
  });
  return {
    isLeader,
    leader: () => (elector.isLeader() && !claim.isHeld() ? undefined : elector.leader()),
    servedBy: () => (elector.isLeader() ? claim.other() : undefined),
    stop: async () => {
      await claim.stop();
      await elector.stop();
    },
  };
}

/** `other`: a Lease, as namespace/name. */
export function servedByAnother(other: string): string {
  const [namespace] = other.split("/");
  return `another Expedite, in namespace ${namespace}, serves this cluster (Lease ${other}); this one changes nothing until that one is gone. Uninstall one of them`;
}
