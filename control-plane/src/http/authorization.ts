// Caches for seconds who may read what, and bounds the number of concurrent requests to the API server.
import { digest } from "../core/digest.ts";

/**
 * Whether the bearer of a token may read a path: TokenReview, then SubjectAccessReview on the nonResourceURL.
 * @throws when Kubernetes cannot be asked
 */
export type Authorize = (token: string, path: string) => Promise<boolean>;

/** Thrown when too many unknown tokens come at once: the API server is not asked about every guess. */
export class TooManyQuestions extends Error {}

const rememberedMillis = 10_000;
const maxRemembered = 100;
const maxPending = 4;

type Answer = { readonly allowed: boolean; readonly until: number };

/** `now`: milliseconds of a monotonic clock. Tokens are kept only as hashes. */
export function remembered(authorize: Authorize, now: () => number = () => performance.now()): Authorize {
  const answers = new Map<string, Answer>();
  let pending = 0;
  return async (token, path) => {
    const key = `${digest(token, 64)} ${path}`;
    const known = answers.get(key);
    if (known !== undefined && now() < known.until) return known.allowed;
    if (pending >= maxPending) throw new TooManyQuestions("too many requests to check at once; try again");
    pending++;
    try {
      const allowed = await authorize(token, path);
      // A key that is set again moves to the end, so the first one was asked for longest ago.
      answers.delete(key);
      answers.set(key, { allowed, until: now() + rememberedMillis });
      if (answers.size > maxRemembered) answers.delete(answers.keys().next().value!);
      return allowed;
    } finally {
      pending--;
    }
  };
}
