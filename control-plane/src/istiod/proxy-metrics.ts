// Reads some of a proxy's metrics. The port for metrics is open even with STRICT mTLS.
import { get } from "./http-get.ts";

/** Milliseconds for both ports. */
const longest = 2_000;
/** More than anyone's metrics should have. */
const maxBytes = 8_000_000;

/**
 * Tries Envoy's own port, which accepts a filter, then that of the agent, which adds the application's metrics. Never throws.
 *
 * @param address of the pod
 * @param pattern a regular expression for names of metrics, as Envoy knows them
 * @param parse reads the metrics in Prometheus's format; undefined: they lack what is wanted, so that the other port is tried
 * @returns undefined if the pod can't be reached (a NetworkPolicy, a terminating pod), or both ports lack what is wanted
 */
export async function proxyMetrics<T>(
  address: string,
  pattern: string,
  parse: (text: string) => T | undefined,
): Promise<T | undefined> {
  const host = address.includes(":") ? `[${address}]` : address;
  const signal = AbortSignal.timeout(longest);
  for (const source of [`15090/stats/prometheus?filter=${encodeURIComponent(pattern)}`, "15020/stats/prometheus"])
    try {
      const { status, text } = await get(`http://${host}:${source}`, { signal, maxBytes });
      const found = status === 200 ? parse(text) : undefined;
      if (found !== undefined) return found;
    } catch {
      if (signal.aborted) return undefined;
    }
  return undefined;
}
