// Reads from an istiod's metrics how many changes it has heard of. While further ones arrive, it puts off its next push.
import { get } from "./http-get.ts";

/** Milliseconds. */
const longest = 2_000;
/** More than an istiod's metrics should have. */
const maxBytes = 8_000_000;

/**
 * `base`: the URL of istiod's port for metrics and debugging. @returns the samples of pilot_inbound_updates, which istiod counts before it
 * debounces (pilot/pkg/xds/discovery.go); undefined: there are none, or istiod did not answer. Never throws.
 */
export async function heardChanges(base: string): Promise<string | undefined> {
  try {
    const { status, text } = await get(`${base}/metrics`, { signal: AbortSignal.timeout(longest), maxBytes });
    return status === 200 ? heardChangesOf(text) : undefined;
  } catch {
    return undefined;
  }
}

export function heardChangesOf(text: string): string | undefined {
  const samples = text.match(/^pilot_inbound_updates\{.*$/gm) ?? [];
  return samples.length === 0 ? undefined : samples.join("\n");
}
