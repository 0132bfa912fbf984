// A try that is given up while its request waits in a queue is sent again: then the same request waits several times.
import { z } from "zod";
import { durationText, milliseconds } from "../../api/duration.ts";
import { byNamespace } from "../../core/by-namespace.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { fullName, hostName } from "../services/visibility.ts";
import { areSamePods, queueOverlap } from "./queue-overlap.ts";

/** Istio's HTTPRetry. Without attempts, Istio takes two. */
const retries = z
  .looseObject({ attempts: z.number().default(2), perTryTimeout: z.string().optional() })
  .optional()
  .catch(undefined);

/** A place that gives up a try after `tryMillis` and sends the request again. */
type Retry = {
  readonly tryMillis: number;
  /** The object and the field that say so. */
  readonly by: string;
};

export function retriedWhileWaiting(snapshot: Snapshot, queues: readonly WorkloadQueue[]): readonly Verdict[] {
  if (queues.length === 0) return [];
  const own = byHost([...virtualServiceRetries(snapshot), ...routeRetries(snapshot)]);
  const everywhere = meshRetries(snapshot);
  const services = byNamespace(snapshot.services);
  return queues.flatMap((queue) => {
    const hosts = hostsOf(queue, services.get(queue.namespace) ?? [], snapshot.mesh);
    const longest = Math.max(...queue.settings.levels.map(({ maxWait }) => maxWait));
    // Once, although several of the queue's hosts may be destinations of one route.
    const all = new Set([...hosts.flatMap((host) => own.get(host) ?? []), ...everywhere]);
    const early = [...all].filter(({ tryMillis }) => tryMillis <= longest);
    return early.map(({ by, tryMillis }) =>
      queueOverlap(
        queue,
        "maxWait",
        `lets requests wait for up to ${durationText(longest)}, but ${by} gives up a try after ${durationText(tryMillis)} and may send it again, so that waiting requests multiply; make that longer than the wait, or the wait shorter`,
      ),
    );
  });
}

type RetryTo = Retry & { readonly hosts: readonly string[] };

function byHost(retries: readonly RetryTo[]): ReadonlyMap<string, readonly Retry[]> {
  const found = new Map<string, Retry[]>();
  for (const retry of retries)
    for (const host of retry.hosts) {
      const there = found.get(host);
      if (there === undefined) found.set(host, [retry]);
      else there.push(retry);
    }
  return found;
}

/** Of the Services of its namespace whose pods have the queue. */
function hostsOf(
  { namespace, selector }: WorkloadQueue,
  services: Snapshot["services"],
  mesh: Snapshot["mesh"],
): readonly string[] {
  return services
    .filter(({ spec }) => areSamePods(spec.selector, selector))
    .map(({ metadata }) => hostName(namespace, metadata.name, mesh));
}

function virtualServiceRetries({ virtualServices, mesh }: Snapshot): readonly RetryTo[] {
  return virtualServices.flatMap(({ metadata: { namespace, name }, spec }) =>
    spec.http.flatMap((route, index) => {
      const hosts = route.route.map(({ destination }) => fullName(destination.host, namespace, mesh));
      const by = `VirtualService ${namespace}/${name} (http[${index}].retries.perTryTimeout)`;
      return retryOf(route.retries, by).map((retry) => ({ ...retry, hosts }));
    }),
  );
}

function meshRetries({ mesh }: Snapshot): readonly Retry[] {
  return retryOf(mesh.defaultRetries, "the mesh config (defaultHttpRetryPolicy.perTryTimeout)");
}

function retryOf(given: unknown, by: string): readonly Retry[] {
  const { attempts = 0, perTryTimeout } = retries.parse(given) ?? {};
  const tryMillis = milliseconds(perTryTimeout);
  return attempts === 0 || tryMillis === undefined || tryMillis === 0 ? [] : [{ tryMillis, by }];
}

function routeRetries({ routes, mesh }: Snapshot): readonly RetryTo[] {
  return routes.flatMap(({ kind, metadata: { namespace, name }, spec }) =>
    spec.rules.flatMap(({ timeouts, retry, backendRefs }, index) => {
      const tryMillis = milliseconds(timeouts?.backendRequest);
      if (tryMillis === undefined || tryMillis === 0 || retry?.attempts === 0) return [];
      const hosts = backendRefs
        .filter((ref) => ref.kind === "Service")
        .map((ref) => hostName(ref.namespace ?? namespace, ref.name, mesh));
      return [{ hosts, tryMillis, by: `${kind} ${namespace}/${name} (rules[${index}].timeouts.backendRequest)` }];
    }),
  );
}
