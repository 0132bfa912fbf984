// Reads what the queues of the plan do from the metrics of their pods' sidecars, when somebody asks and at no other time.
import pLimit from "p-limit";
import { byNamespace } from "../core/by-namespace.ts";
import { isSelectedByService } from "../core/labels.ts";
import type { Plan, WorkloadException } from "../core/plan.ts";
import type { LevelReport, QueueReport } from "../core/queue-report.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { QueueSample, WaitHistogram } from "../istiod/queue-metrics.ts";
import { isOptedOut } from "../translate/pods.ts";

type Pod = Snapshot["pods"][number];

export type QueueSources = {
  /** Undefined if this replica has none. */
  readonly plan: () => Plan | undefined;
  readonly pods: () => readonly Pod[];
  /** Never throws. */
  readonly sample: (address: string) => Promise<QueueSample | undefined>;
};

/** Number of concurrent requests. */
const concurrency = 16;
/** Milliseconds after which pods that were not read yet stay unread; the command waits for five seconds. */
const longest = 3_500;
/** Milliseconds for which an answer is good, so that many who ask do not burden the proxies. */
const fresh = 2_000;

/** One report for each RequestQueue in force, by namespace and name. Undefined if this replica has no plan. */
export function queueReports(sources: QueueSources): () => Promise<readonly QueueReport[] | undefined> {
  let last: { readonly at: number; readonly reports: Promise<readonly QueueReport[]> } | undefined;
  return async () => {
    const plan = sources.plan();
    if (plan === undefined) return undefined;
    if (last === undefined || performance.now() - last.at > fresh)
      last = { at: performance.now(), reports: read(plan, sources) };
    return last.reports;
  };
}

async function read(plan: Plan, { pods, sample }: QueueSources): Promise<readonly QueueReport[]> {
  const byPlace = byNamespace(pods());
  const queues = queuesOfPlan(plan).map((queue) => withPods(queue, byPlace));
  const samples = new Map<Pod, QueueSample>();
  const limit = pLimit(concurrency);
  const readOne = async (pod: Pod): Promise<void> => {
    const { podIP } = pod.status;
    const found = podIP === undefined ? undefined : await sample(podIP);
    if (found !== undefined) samples.set(pod, found);
  };
  const all = limit.map(
    queues.flatMap((queue) => queue.pods),
    readOne,
  );
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, longest).unref())]);
  limit.clearQueue();
  const levels = plan.levels.map(({ name }) => name);
  return queues.map((queue) => report(queue, levels, samples));
}

type Queue = Pick<QueueReport, "namespace" | "name" | "limit"> & { readonly pods: readonly Pod[] };

function withPods({ selectors, ...queue }: PlannedQueue, pods: ReadonlyMap<string, readonly Pod[]>): Queue {
  const own = (pods.get(queue.namespace) ?? []).filter(
    (pod) => !isOptedOut(pod) && selectors.some((one) => isSelectedByService(one, pod.metadata.labels)),
  );
  return { ...queue, pods: own };
}

type PlannedQueue = Omit<Queue, "pods"> & { readonly selectors: readonly WorkloadException["selector"][] };

/** The RequestQueues in force, by namespace and name. */
export function queuesOfPlan(plan: Plan | undefined): readonly PlannedQueue[] {
  const found = (plan?.enrolments ?? []).flatMap(({ namespace, exceptions }) => {
    const named = exceptions.filter(({ queueName }) => queueName !== undefined);
    const byName = Map.groupBy(named, ({ queueName = "" }) => queueName);
    return [...byName].map(([name, parts]) => ({
      ...{ namespace, name, limit: parts[0]?.queue?.limit ?? 0 },
      selectors: parts.map(({ selector }) => selector),
    }));
  });
  return found.sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

function report(
  { pods, ...queue }: Queue,
  levels: readonly string[],
  samples: ReadonlyMap<Pod, QueueSample>,
): QueueReport {
  const read = pods.flatMap((pod) => samples.get(pod) ?? []);
  const limits = read.flatMap(({ limit }) => limit ?? []);
  return {
    ...queue,
    ...(limits.length === 0 ? {} : { found: { least: Math.min(...limits), most: Math.max(...limits) } }),
    ...{ pods: pods.length, read: read.length },
    inFlight: sum(read.map(({ inFlight }) => inFlight)),
    late: sum(read.map(({ late }) => late)),
    levels: levels.map((name) => levelReport(name, read)),
  };
}

function levelReport(name: string, read: readonly QueueSample[]): LevelReport {
  const own = read.flatMap(({ levels }) => levels.get(name) ?? []);
  const waits = summary(own.map((level) => level.waits));
  return {
    name,
    waiting: sum(own.map(({ waiting }) => waiting)),
    forwarded: sum(own.map(({ forwarded }) => forwarded)),
    rejected: sum(own.map(({ rejected }) => rejected)),
    ...(waits === undefined ? {} : { waits }),
  };
}

function summary(histograms: readonly WaitHistogram[]): LevelReport["waits"] {
  const count = sum(histograms.map((one) => one.count));
  if (count === 0) return undefined;
  const total = new Map<number, number>();
  for (const { buckets } of histograms)
    for (const [bound, below] of buckets) total.set(bound, (total.get(bound) ?? 0) + below);
  const bounds = [...total].sort(([a], [b]) => a - b);
  const quantile = (part: number): number | undefined => bounds.find(([, below]) => below >= part * count)?.[0];
  const [p50, p99] = [quantile(0.5), quantile(0.99)];
  const mean = Math.round((sum(histograms.map((one) => one.sum)) / count) * 10) / 10;
  return { count, mean, ...(p50 === undefined ? {} : { p50 }), ...(p99 === undefined ? {} : { p99 }) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
