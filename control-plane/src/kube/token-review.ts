// In: a token and a nonResourceURL. Out: whether Kubernetes knows the token's account and lets it get that path.
import { AuthenticationV1Api, AuthorizationV1Api, type KubeConfig } from "@kubernetes/client-node";

/** TokenReview, then SubjectAccessReview. @throws when the API server cannot be asked */
export function authorizer(config: KubeConfig): (token: string, path: string) => Promise<boolean> {
  const authentication = config.makeApiClient(AuthenticationV1Api);
  const authorization = config.makeApiClient(AuthorizationV1Api);
  return async (token, path) => {
    const review = await authentication.createTokenReview({ body: { spec: { token } } });
    const user = review.status?.user;
    if (review.status?.authenticated !== true || user?.username === undefined) return false;
    const { username, uid, groups = [], extra = {} } = user;
    const spec = { user: username, groups, extra, nonResourceAttributes: { path, verb: "get" } };
    const access = await authorization.createSubjectAccessReview({
      body: { spec: uid === undefined ? spec : { ...spec, uid } },
    });
    return access.status?.allowed === true && access.status.denied !== true;
  };
}
