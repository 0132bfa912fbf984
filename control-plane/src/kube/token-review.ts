// Asks Kubernetes whether a token is valid and whether its account may get a nonResourceURL.
import type { ApiServer } from "./api-server.ts";
import { apiVersionOf, collectionPath, type Resource, resources } from "./resources.ts";

type Review = {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
};
type AccessReview = { readonly status?: { readonly allowed?: boolean; readonly denied?: boolean } };

const answerMillis = 10_000;

/** Sends a TokenReview, then a SubjectAccessReview. @throws when the API server cannot be asked */
export function authorizer(server: ApiServer): (token: string, path: string) => Promise<boolean> {
  const review = (resource: Resource, spec: unknown): Promise<unknown> =>
    server.read({
      method: "POST",
      path: collectionPath(resource),
      body: { apiVersion: apiVersionOf(resource), kind: resource.kind, spec },
      signal: AbortSignal.timeout(answerMillis),
    });
  return async (token, path) => {
    const { status } = (await review(resources.tokenReviews, { token })) as Review;
    const user = status?.user;
    if (status?.authenticated !== true || user?.username === undefined) return false;
    const { username, uid, groups = [], extra = {} } = user;
    const spec = { user: username, groups, extra, nonResourceAttributes: { path, verb: "get" } };
    const access = (await review(resources.accessReviews, uid === undefined ? spec : { ...spec, uid })) as AccessReview;
    return access.status?.allowed === true && access.status.denied !== true;
  };
}
