// Keeps proxies that were programmed in that state until something shows that they are not: unrelated pushes come all the time, and after
// each of them istiod's last answer is a little out of date.
import type { ProxyReport } from "../reconcile/ports.ts";
import { proxyKey } from "./sync-status.ts";

/** Milliseconds for which an acknowledgement may be outstanding. */
const longestSilence = 10_000;

type Programmed = { readonly expectedId: string; silentSince: number | undefined };

export class ProgrammedHysteresis {
  readonly #proxies = new Map<string, Programmed>();

  /** To be called when a write changes what the proxies of a namespace should have. */
  forget(namespace: string): void {
    for (const key of this.#proxies.keys()) if (key.startsWith(`${namespace}/`)) this.#proxies.delete(key);
  }

  /** To be called when the proxy is known to have what is expected of it. */
  confirm(report: ProxyReport, expectedId: string): void {
    this.#proxies.set(proxyKey(report), { expectedId, silentSince: undefined });
  }

  /** Whether the proxy was programmed and still counts as such. `isSilent`: it has not acknowledged its last push. */
  holds(
    report: ProxyReport,
    expectedId: string,
    { isSilent, now }: { readonly isSilent: boolean; readonly now: number },
  ): boolean {
    const known = this.#proxies.get(proxyKey(report));
    if (known?.expectedId !== expectedId) return false;
    known.silentSince = isSilent ? (known.silentSince ?? now) : undefined;
    return known.silentSince === undefined || now - known.silentSince < longestSilence;
  }

  keep(isThere: (proxy: string) => boolean): void {
    for (const key of this.#proxies.keys()) if (!isThere(key)) this.#proxies.delete(key);
  }
}
