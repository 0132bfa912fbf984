// A circuit breaker that lets fewer requests through than a queue refuses what the queue would only delay. Istio gives it to the callers
// and to the pods of the host.
import { z } from "zod";
import type { DestinationRule } from "../../api/istio.ts";
import { byNamespace } from "../../core/by-namespace.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { fullName } from "../services/visibility.ts";
import { hostsOf, queueOverlap } from "./queue-overlap.ts";

const trafficPolicy = z
  .looseObject({
    connectionPool: z.looseObject({ http: z.looseObject({ http2MaxRequests: z.number().optional() }).optional() }),
  })
  .optional()
  .catch(undefined);

export function brokenBelowLimit(
  { destinationRules, services, mesh }: Pick<Snapshot, "destinationRules" | "services" | "mesh">,
  queues: readonly WorkloadQueue[],
): readonly Verdict[] {
  if (queues.length === 0) return [];
  const inNamespace = byNamespace(services);
  const breakers = Map.groupBy(destinationRules.flatMap(breakersOf), ({ rule: { metadata, spec } }) =>
    fullName(spec.host, metadata.namespace, mesh),
  );
  return queues.flatMap((queue) => {
    const hosts = new Set(hostsOf(queue, inNamespace.get(queue.namespace) ?? [], mesh));
    const { limit } = queue.settings;
    return [...hosts]
      .flatMap((host) => breakers.get(host) ?? [])
      .filter(({ most }) => most < limit)
      .map(({ rule: { metadata }, field, most }) =>
        queueOverlap(
          queue,
          "concurrencyLimit",
          `lets ${limit} requests into the application at once, but DestinationRule ${metadata.namespace}/${metadata.name} (${field}) only ${most}, and answers others with 503; raise that to twice the limit and what waits, or remove it`,
        ),
      );
  });
}

type Breaker = { readonly rule: DestinationRule; readonly field: string; readonly most: number };

function breakersOf(rule: DestinationRule): readonly Breaker[] {
  const policies: readonly (readonly [string, unknown])[] = [
    ["", rule.spec.trafficPolicy],
    ...rule.spec.subsets.map((subset, index) => [`subsets[${index}].`, subset.trafficPolicy] as const),
  ];
  return policies.flatMap(([path, policy]) => {
    const most = trafficPolicy.parse(policy)?.connectionPool.http?.http2MaxRequests;
    // Istio takes 0 for its default.
    if (most === undefined || most <= 0) return [];
    return [{ rule, field: `${path}trafficPolicy.connectionPool.http.http2MaxRequests`, most }];
  });
}
