// Explains to an operator why a kind cannot be listed or watched: a cause for the metrics, what happened, and what to do.
import { version } from "../core/version.ts";
import type { WatchProblem } from "../reconcile/ports.ts";
import { ApiError } from "./api-server.ts";
import { apiVersionOf, type Resource } from "./resources.ts";

/** A command. The file is one of the release's; in a checkout it is the folder manifests/crd. */
const installKinds = `kubectl apply --server-side --filename expedite-crds-${version}.yaml`;

/** Why an installation without these of its own kinds does nothing. `names`: as kubectl has them. */
export const missingKinds = (names: readonly string[]): string =>
  `the cluster has no ${names.join(", ")}, so nothing can be read or configured; install the kinds: ${installKinds}`;

/** Undefined if nothing is wrong; after an expired resourceVersion the kind is listed again at once. */
export function watchProblemOf(resource: Resource, error: unknown): WatchProblem | undefined {
  const { message } = error as Error;
  if (!(error instanceof ApiError))
    return {
      cause: error instanceof SyntaxError ? "Unreadable" : "Unreachable",
      message,
      remedy: "Check that the API server runs and that this pod reaches it.",
    };
  const { status } = error;
  if (status === 410) return undefined;
  if (status === 401 || status === 403)
    return {
      cause: "Forbidden",
      message,
      remedy: "Give its account the roles of this version: upgrade the chart, or apply manifests/rbac.yaml.",
    };
  if (status === 404)
    return {
      cause: "Missing",
      message: `the cluster has no kind ${resource.kind} of ${apiVersionOf(resource)}, so no such object counts`,
      remedy:
        resource.group === "expedite.dev"
          ? `Install the kinds: ${installKinds}.`
          : "Install its CustomResourceDefinition if the mesh should use it.",
    };
  return {
    cause: status === 429 || status >= 500 ? "Unavailable" : "Refused",
    message: `the API server answered ${status}: ${message}`,
    remedy: "The controller tries again. If it lasts, look at the API server's log.",
  };
}
