// Remembers for seconds who may read what, and bounds how many questions the API server gets at once.
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

/** `now`: milliseconds, of a clock that does not jump. Tokens are kept as hashes only. */
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
      // A key that is set again goes to the end: the first is the one that was asked for longest ago.
      answers.delete(key);
      answers.set(key, { allowed, until: now() + rememberedMillis });
      if (answers.size > maxRemembered) answers.delete(answers.keys().next().value!);
      return allowed;
    } finally {
      pending--;
    }
  };
}
