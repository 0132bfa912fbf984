// In: an istiod pod's base URL and a path. Out: what its debug port answers, with our token.
import { readFileSync } from "node:fs";

/** Milliseconds. */
const longest = 5_000;

export type Ask = (base: string, path: string) => Promise<unknown>;

/** `tokenFile`: a ServiceAccount token for the audience istio-ca; absent: istiod lets loopback in without. */
export function debugPort(tokenFile: string | undefined): Ask {
  return async (base, path) => {
    // Renewed in its file.
    const headers =
      tokenFile === undefined ? {} : { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` };
    const answer = await fetch(`${base}/debug/${path}`, { headers, signal: AbortSignal.timeout(longest) });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new Error(`istiod ${base} answered ${answer.status} to ${path.split("?")[0]}`);
    }
    return answer.json();
  };
}
