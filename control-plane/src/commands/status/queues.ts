// Reads what each RequestQueue asks for, and what the sidecars do with it, as the leading controller reads it from their metrics.
import { z } from "zod";
import type { QueueReport } from "../../core/queue-report.ts";
import { queuesPath } from "../../http/status.ts";
import type { ClusterObject } from "../../kube/cluster.ts";
import { askController, type ControllerPlace } from "./ask-controller.ts";

export type QueueStatus = {
  readonly namespace: string;
  readonly name: string;
  /** `Service/ratings` */
  readonly targets: readonly string[];
  readonly concurrencyLimit: {
    readonly fixed?: number;
    readonly adaptive?: { readonly min: number; readonly max: number };
  };
  /** Absent: no request waits because of it, or `queuesUnknown`. */
  readonly report?: QueueReport;
};

type Queues = { readonly queues: readonly QueueStatus[]; readonly queuesUnknown?: string };

/** Stored objects have passed the kind's schema, unless another version of it stored them. */
const spec = z
  .looseObject({
    targetRefs: z.array(z.looseObject({ kind: z.string(), name: z.string() })).default([]),
    concurrencyLimit: z
      .looseObject({
        fixed: z.number().optional(),
        adaptive: z.looseObject({ min: z.number(), max: z.number() }).optional(),
      })
      .default({}),
  })
  .catch({ targetRefs: [], concurrencyLimit: {} });

const number = z.number();
const level = z.looseObject({
  ...{ name: z.string(), waiting: number, forwarded: number, rejected: number },
  waits: z.looseObject({ count: number, mean: number, p50: number.optional(), p99: number.optional() }).optional(),
});
const reports = z.array(
  z.looseObject({
    ...{ namespace: z.string(), name: z.string(), limit: number, pods: number, read: number },
    ...{ inFlight: number, late: number, levels: z.array(level) },
    found: z.looseObject({ least: number, most: number }).optional(),
  }),
);

/** @param who the leader, as a pod or URL; undefined: it is not known. Nobody is asked if there is no queue. */
export async function readQueues(
  objects: readonly ClusterObject[],
  place: ControllerPlace,
  who: { readonly who: string; readonly isUrl: boolean } | undefined,
): Promise<Queues> {
  if (objects.length === 0) return { queues: [] };
  const known = objects.map(queueOf);
  if (who === undefined) return { queues: known, queuesUnknown: "no replica is known to lead" };
  try {
    const found = reports.parse(await askController(place, { ...who, path: queuesPath })) as readonly QueueReport[];
    return { queues: known.map((queue) => withReport(queue, found)) };
  } catch (error) {
    return { queues: known, queuesUnknown: (error as Error).message };
  }
}

function queueOf({ metadata: { namespace = "", name }, spec: given }: ClusterObject): QueueStatus {
  const { targetRefs, concurrencyLimit } = spec.parse(given);
  const targets = targetRefs.map((ref) => `${ref.kind}/${ref.name}`);
  return { namespace, name, targets, concurrencyLimit: concurrencyLimit as QueueStatus["concurrencyLimit"] };
}

function withReport(queue: QueueStatus, found: readonly QueueReport[]): QueueStatus {
  const report = found.find(({ namespace, name }) => namespace === queue.namespace && name === queue.name);
  return report === undefined ? queue : { ...queue, report };
}
