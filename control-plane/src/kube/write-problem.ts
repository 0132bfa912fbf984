// Explains to an operator why the API server refused a write, and whether the same write may succeed later.
import { minutesUntilRecheck, WriteError } from "../reconcile/write-error.ts";
import { ApiError } from "./api-server.ts";
import { apiVersionOf, type Resource, resources } from "./resources.ts";

/** Statuses for which a retry makes no difference; for all others (a conflict, too many requests, an outage) it may. */
const terminal: ReadonlySet<number> = new Set([400, 403, 405, 413, 415, 422]);
/** A kind is missing until someone installs it, while an object or a namespace that was deleted meanwhile may exist again at once. */
const missingKind = /could not find the requested resource|page not found/;

/** Explains what a request to the API server threw. An error of another kind may be gone at the next try. */
export function writeErrorOf(resource: Resource, error: unknown): Error {
  if (!(error instanceof ApiError)) return error as Error;
  const { status, retryAfterMillis = 0, hasStatus } = error;
  const isTerminal = status === 404 ? missingKind.test(error.message) : hasStatus && terminal.has(status);
  if (!isTerminal) return new WriteError(error.message, { retryAfterMillis });
  const next = `It is retried when the object changes, or within ${minutesUntilRecheck} minutes.`;
  return new WriteError(`${problemOf(resource, error)}. ${next}`, { isTerminal: true });
}

function problemOf(resource: Resource, { status, message, fields }: ApiError): string {
  const webhook = /admission webhook "([^"]+)" denied the request/.exec(message)?.[1];
  if (webhook !== undefined)
    return `${message}. Change what the webhook ${webhook} demands, or exempt Expedite's objects`;
  if (status === 403) return forbidden(message);
  if (status === 422 && fields.length > 0) return `the API server refuses ${fields.join(", ")}: ${message}`;
  if (status === 404)
    return `the cluster has no kind ${resource.kind} of ${apiVersionOf(resource)}. Install its CustomResourceDefinition`;
  return message;
}

/** RBAC's message says who may not do what; a quota or an admission plugin has another message. */
function forbidden(message: string): string {
  const [, verb, resource, group = ""] =
    /cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?/.exec(message) ?? [];
  if (verb === undefined || resource === undefined) return message;
  const isInstallOnly = Object.values<Resource>(resources).some(
    (one) => one.plural === resource && one.group === group && one.isInstallOnly === true,
  );
  const name = group === "" ? resource : `${resource}.${group}`;
  const role = isInstallOnly ? "Role" : "ClusterRole";
  return `the controller's ${role} lacks the verb ${verb} on ${name}. Apply manifests/rbac.yaml of this version of Expedite`;
}
