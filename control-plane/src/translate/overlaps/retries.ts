// A try that is given up while its request waits in a queue is sent again: then the same request waits several times. So is a request that
// a queue refused, if a route asks for that.
import { z } from "zod";
import { durationText, milliseconds } from "../../api/duration.ts";
import { byNamespace } from "../../core/by-namespace.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { WorkloadQueue } from "../queues/accepted.ts";
import { fullName, hostName } from "../services/visibility.ts";
import { hostsOf, queueOverlap } from "./queue-overlap.ts";

/** Istio's HTTPRetry. Without attempts, Istio takes two. */
const retries = z
  .looseObject({
    attempts: z.number().default(2),
    perTryTimeout: z.string().optional(),
    retryOn: z.string().default(""),
  })
  .optional()
  .catch(undefined);

/**
 * A refusal of a queue carries x-envoy-ratelimited, so that no other condition of a route makes Envoy send the request again, not even
 * its status.
 */
const refusals = "envoy-ratelimited";

/** A place that sends a request again. */
type Retry = {
  /** It does so after so long without an answer, at the latest. */
  readonly tryMillis?: number;
  readonly onRefusal: boolean;
  /** The object, and its fields that say so. */
  readonly object: string;
  readonly timeoutField: string;
  readonly retryOnField?: string;
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
    const rejects = queue.settings.levels.some(({ onTimeout }) => onTimeout === "Reject");
    return [...all].flatMap((retry) => [
      ...givenUp(queue, retry, longest),
      ...(rejects && retry.onRefusal ? [refused(queue, retry)] : []),
    ]);
  });
}

function givenUp(queue: WorkloadQueue, { tryMillis, object, timeoutField }: Retry, longest: number): Verdict[] {
  if (tryMillis === undefined || tryMillis > longest) return [];
  const message = `lets requests wait for up to ${durationText(longest)}, but ${object} (${timeoutField}) gives up a try after ${durationText(tryMillis)} and may send it again, so that waiting requests multiply; make that longer than the wait, or the wait shorter`;
  return [queueOverlap(queue, "maxWait", message)];
}

function refused(queue: WorkloadQueue, { object, retryOnField }: Retry): Verdict {
  const message = `refuses what waits too long, but ${object} (${retryOnField}) sends refused requests again, so that overload grows; remove ${refusals} there`;
  return queueOverlap(queue, "onTimeout", message);
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

function virtualServiceRetries({ virtualServices, mesh }: Snapshot): readonly RetryTo[] {
  return virtualServices.flatMap(({ metadata: { namespace, name }, spec }) =>
    spec.http.flatMap((route, index) => {
      const hosts = route.route.map(({ destination }) => fullName(destination.host, namespace, mesh));
      const found = retryOf(route.retries, `VirtualService ${namespace}/${name}`, `http[${index}].retries`);
      return found.map((retry) => ({ ...retry, hosts }));
    }),
  );
}

function meshRetries({ mesh }: Snapshot): readonly Retry[] {
  return retryOf(mesh.defaultRetries, "the mesh config", "defaultHttpRetryPolicy");
}

/** @param path of Istio's HTTPRetry in the object */
function retryOf(given: unknown, object: string, path: string): readonly Retry[] {
  const { attempts = 0, perTryTimeout, retryOn = "" } = retries.parse(given) ?? {};
  if (attempts === 0) return [];
  const tryMillis = milliseconds(perTryTimeout) ?? 0;
  const onRefusal = retryOn.split(",").some((part) => part.trim() === refusals);
  const fields = { object, timeoutField: `${path}.perTryTimeout`, retryOnField: `${path}.retryOn` };
  return tryMillis === 0 && !onRefusal ? [] : [{ ...(tryMillis === 0 ? {} : { tryMillis }), onRefusal, ...fields }];
}

function routeRetries({ routes, mesh }: Snapshot): readonly RetryTo[] {
  return routes.flatMap(({ kind, metadata: { namespace, name }, spec }) =>
    spec.rules.flatMap(({ timeouts, retry, backendRefs }, index) => {
      const tryMillis = milliseconds(timeouts?.backendRequest);
      if (tryMillis === undefined || tryMillis === 0 || retry?.attempts === 0) return [];
      const hosts = backendRefs
        .filter((ref) => ref.kind === "Service")
        .map((ref) => hostName(ref.namespace ?? namespace, ref.name, mesh));
      const fields = {
        object: `${kind} ${namespace}/${name}`,
        timeoutField: `rules[${index}].timeouts.backendRequest`,
      };
      return [{ hosts, tryMillis, onRefusal: false, ...fields }];
    }),
  );
}
