// Finds the host calls that the filter makes for one request of a variant, by running filter.wasm in Node.
import { playedVariants } from "./played-variants.ts";
import type { Variant } from "./variants.ts";

/** Names of host functions in call order, by variant; only variants that run Expedite. */
export function transcripts(all: readonly Variant[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { variant, vm, send } of playedVariants(all)) {
    // The price of choosing a routed request's route is not known.
    if (variant.listener.isRouted) continue;
    send(0);
    found.set(
      variant.name,
      vm.calls.map((call) => call.split(" ")[0] ?? ""),
    );
  }
  return found;
}
