// Provides what the controller's debug API and metrics read: from memory, at the time of each request.
import type { Views } from "../http/debug.ts";
import type { Health } from "../http/health.ts";
import type { Readings } from "../http/readings.ts";
import { controllerStatus, statusPath } from "../http/status.ts";
import { queueSample } from "../istiod/queue-metrics.ts";
import { nameOf, resources } from "../kube/resources.ts";
import type { WatchedKubernetes } from "../kube/watch-cache.ts";
import { missingKinds } from "../kube/watch-problem.ts";
import type { Controller } from "../reconcile/controller.ts";
import { classTable } from "../translate/classes.ts";
import { type Leadership, servedByAnother } from "./leadership.ts";
import { queueReports, queuesOfPlan } from "./queue-reports.ts";

type Parts = {
  readonly controller: Controller;
  readonly kubernetes: WatchedKubernetes;
  readonly elector: Leadership;
};

const noPlan = (): string =>
  `This replica has no plan: another leads (see ${statusPath}), or there is no PriorityLadder "default".`;

export function debugViews(identity: string, { controller, kubernetes, elector }: Parts): Views {
  const queues = queueReports({
    plan: controller.plan,
    pods: () => kubernetes.cacheState()?.snapshot?.pods ?? [],
    sample: queueSample,
  });
  return {
    plan: {
      read: controller.plan,
      missing: noPlan,
    },
    snapshot: {
      read: () => kubernetes.cacheState()?.snapshot,
      missing: () => 'There is no snapshot yet: see /readyz, and whether there is a PriorityLadder "default".',
    },
    status: {
      read: () =>
        controllerStatus({
          identity,
          isLeader: elector.isLeader(),
          leader: elector.leader(),
          refusal: refusalOf(elector, kubernetes),
          proxies: controller.proxies(),
        }),
      missing: () => "",
    },
    classes: {
      read: () => {
        const ladder = kubernetes.cacheState()?.snapshot?.ladder;
        return ladder === undefined ? undefined : classTable(ladder);
      },
      missing: () => 'There are no classes yet: see /readyz, and whether there is a PriorityLadder "default".',
    },
    queues: { read: queues, missing: noPlan },
  };
}

/** `controller` is called only later, because the controller itself needs the metrics. */
export function readingsOf(kubernetes: WatchedKubernetes, elector: Leadership, controller: () => Controller): Readings {
  return {
    staleness: kubernetes.staleness,
    isLeader: elector.isLeader,
    synced: kubernetes.synced,
    objects: kubernetes.objects,
    reflectors: kubernetes.reflectors,
    failing: () => Object.entries(kubernetes.problems()).map(([resource, { cause }]) => ({ resource, cause })),
    queues: () => queuesOfPlan(controller().plan()),
    proxies: () => {
      const counts = { programmed: 0, refused: 0, pending: 0, unsupported: 0 };
      for (const { state } of controller().proxies() ?? []) counts[state]++;
      return counts;
    },
  };
}

/** Of these nothing works without one; no status can say so, because they are where a status is. */
const needed: readonly string[] = [resources.ladders, resources.policies].map(nameOf);

/** Why this installation does nothing. */
export function refusalOf(
  { servedBy }: Pick<Leadership, "servedBy">,
  { problems }: Pick<WatchedKubernetes, "problems">,
): string | undefined {
  const other = servedBy();
  if (other !== undefined) return servedByAnother(other);
  const known = problems();
  const missing = needed.filter((name) => known[name]?.cause === "Missing");
  return missing.length === 0 ? undefined : missingKinds(missing);
}

export function healthOf({ kubernetes, controller, elector }: Parts): Health {
  return {
    sinceReconcile: () => {
      const at = controller.lastReconcile();
      return at === undefined ? undefined : (performance.now() - at) / 1000;
    },
    uptime: () => process.uptime(),
    synced: kubernetes.synced,
    refusal: () => refusalOf(elector, kubernetes),
  };
}
