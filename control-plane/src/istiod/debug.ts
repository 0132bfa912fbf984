// Sends requests to the debug port of an istiod pod, with the controller's token.
import { readFileSync } from "node:fs";
import { get } from "./http-get.ts";

/** Milliseconds. */
const longest = 5_000;

export type Ask = (base: string, path: string) => Promise<unknown>;

/** `tokenFile`: a ServiceAccount token for the audience istio-ca; absent: istiod lets loopback in without one. */
export function debugPort(tokenFile: string | undefined): Ask {
  return async (base, path) => {
    // Read each time, because the kubelet renews the token in its file.
    const headers =
      tokenFile === undefined ? {} : { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` };
    const { status, text } = await get(`${base}/debug/${path}`, { headers, signal: AbortSignal.timeout(longest) });
    if (status !== 200) throw new Error(`istiod ${base} answered ${status} to ${path.split("?")[0]}`);
    return JSON.parse(text);
  };
}
