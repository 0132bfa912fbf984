// Asks the leading replica for the state of the proxies, because only it knows them.
import { z } from "zod";
import { proxyStates } from "../../core/proxy-state.ts";
import { statusPath } from "../../http/status.ts";
import type { ClusterObject } from "../../kube/cluster.ts";
import { askController, type ControllerPlace } from "./ask-controller.ts";

const proxy = z.looseObject({
  namespace: z.string(),
  pod: z.string(),
  state: z.enum(proxyStates),
  reason: z.string().default(""),
});

/** http/status.ts describes the answer. */
const controllerStatus = z.looseObject({
  leader: z.string().optional(),
  proxies: z.array(proxy).optional(),
  proxiesUnknown: z.string().optional(),
});

export type ProxyStatus = z.infer<typeof proxy>;

type Leader = { readonly name?: string; readonly proxies: readonly ProxyStatus[]; readonly unknown?: string };

type Where = ControllerPlace & {
  readonly leases: readonly ClusterObject[];
  /** The URL of a controller outside the cluster. */
  readonly url?: string | undefined;
};

/** `unknown`: why the proxies' states are not known. */
export async function askLeader(where: Where): Promise<Leader> {
  const { url, leases, installation } = where;
  const holder = holderOf(leases, installation.leaseName);
  if (url === undefined && holder === undefined)
    return { proxies: [], unknown: `no replica holds the Lease ${where.namespace}/${installation.leaseName}` };
  const first = url ?? holder!;
  const answer = await ask(where, first, url !== undefined);
  const { leader } = answer;
  // A follower names the leader; the Lease may have changed hands since it was read.
  if (answer.proxies !== undefined || leader === undefined || leader === first) return leaderOf(answer, holder);
  return leaderOf(await ask(where, leader, false), leader);
}

type Answer = z.infer<typeof controllerStatus>;

async function ask(where: Where, who: string, isUrl: boolean): Promise<Answer> {
  try {
    return controllerStatus.parse(await askController(where, { who, isUrl, path: statusPath }));
  } catch (error) {
    return { proxiesUnknown: (error as Error).message };
  }
}

function leaderOf({ proxies, proxiesUnknown, leader }: Answer, asked: string | undefined): Leader {
  const name = leader ?? asked;
  const found = name === undefined ? {} : { name };
  if (proxies !== undefined) return { ...found, proxies };
  return { ...found, proxies: [], unknown: proxiesUnknown ?? "the controller does not report the proxies" };
}

/** An expired Lease has no holder. */
function holderOf(leases: readonly ClusterObject[], name: string): string | undefined {
  const lease = leases.find(({ metadata }) => metadata.name === name);
  const {
    holderIdentity,
    renewTime,
    leaseDurationSeconds = 15,
  } = (lease?.spec ?? {}) as {
    readonly holderIdentity?: string;
    readonly renewTime?: string | Date;
    readonly leaseDurationSeconds?: number;
  };
  if (!holderIdentity || renewTime === undefined) return undefined;
  const age = (Date.now() - new Date(renewTime).getTime()) / 1000;
  return age <= leaseDurationSeconds ? holderIdentity : undefined;
}
