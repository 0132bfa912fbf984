// Explains at which services with a RequestQueue a request waits, for how long, and what then becomes of it. The filter says which never wait.
import { durationText } from "../../../api/duration.ts";
import type { Plan, WorkloadException } from "../../../core/plan.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { filterConfig } from "../../../render/xds/filter.ts";
import type { ExplainedQueue } from "./explanation.ts";
import type { FilterEvaluator } from "./filter-evaluator.ts";
import type { Request } from "./request.ts";

type Question = {
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  /** The request as it arrives: with its level. */
  readonly request: Request;
  readonly level: string;
  readonly evaluator: FilterEvaluator;
};

/** One for each queue in force. */
export function explainedQueues({ plan, snapshot, ...asked }: Question): readonly ExplainedQueue[] {
  const found = plan.enrolments.flatMap(({ namespace, classification, exceptions }) =>
    exceptions.flatMap((exception) => {
      const { queueName, queue } = exception;
      if (queueName === undefined || queue === undefined) return [];
      const { limit, minLimit } = queue;
      const name = `${namespace}/${queueName}`;
      const targets = targetsOf(snapshot, namespace, queueName);
      const waits = waitOf(plan, { ...exception, classification: exception.classification ?? classification }, asked);
      return [[name, { name, targets, limit, ...(minLimit === undefined ? {} : { minLimit }), ...waits }] as const];
    }),
  );
  return [...new Map(found).values()];
}

function targetsOf({ queues }: Snapshot, namespace: string, name: string): readonly string[] {
  const queue = queues.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  return (queue?.spec.targetRefs ?? []).map((ref) => `${ref.kind} ${ref.name}`);
}

type Asked = Pick<Question, "request" | "level" | "evaluator">;

function waitOf(
  plan: Plan,
  { classification, queue }: WorkloadException,
  { request, level, evaluator }: Asked,
): Pick<ExplainedQueue, "wait"> {
  const own = queue?.levels[plan.levels.findIndex(({ name }) => name === level)];
  if (classification === undefined || queue === undefined || own === undefined) return {};
  const full = { ...queue, limit: 1, ...(queue.minLimit === undefined ? {} : { minLimit: 1 }) };
  const config = filterConfig(plan, "inbound", { classification, queue: full });
  if (!evaluator.waits(config, request)) return {};
  return { wait: { level, maxWait: durationText(own.maxWait), onTimeout: own.onTimeout } };
}
