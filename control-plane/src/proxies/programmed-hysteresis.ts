// In: proxies that were seen to be programmed. Out: that they are still, as long as nothing shows that they are not: pushes that are none of
// ours come all the time, and each makes what was seen a little old.

import type { ProxyReport } from "../reconcile/ports.ts";
import { proxyKey } from "./sync-status.ts";

/** Milliseconds for which an acknowledgement may be awaited. */
const longestDoubt = 10_000;

type Confirmation = { readonly expectedId: string; doubtSince: number | undefined };

export class ProgrammedHysteresis {
  readonly #proxies = new Map<string, Confirmation>();

  /** Whatever was seen of a namespace, our next write changes it. */
  forget(namespace: string): void {
    for (const key of this.#proxies.keys()) if (key.startsWith(`${namespace}/`)) this.#proxies.delete(key);
  }

  /** It was seen that the proxy has what is expected of it. */
  confirm(report: ProxyReport, expectedId: string): void {
    this.#proxies.set(proxyKey(report), { expectedId, doubtSince: undefined });
  }

  /** Whether it was, and may be taken to be so still. `isSilent`: it has not acknowledged its last push. */
  holds(report: ProxyReport, expectedId: string, isSilent: boolean, now: number): boolean {
    const known = this.#proxies.get(proxyKey(report));
    if (known?.expectedId !== expectedId) return false;
    known.doubtSince = isSilent ? (known.doubtSince ?? now) : undefined;
    return known.doubtSince === undefined || now - known.doubtSince < longestDoubt;
  }

  keep(isThere: (proxy: string) => boolean): void {
    for (const key of this.#proxies.keys()) if (!isThere(key)) this.#proxies.delete(key);
  }
}
