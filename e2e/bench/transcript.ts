// Finds the host calls that the filter makes for one request of a variant, by running filter.wasm in Node.
import { playedVariants } from "./played-variants.ts";
import { variantsByProxy } from "./quiet.ts";
import { isAddedToFilter, knownIds } from "./variants.ts";

/** Names of host functions in call order, by variant; only variants that run Expedite, and are not compared with it. */
export function transcripts(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { played, label } of variantsByProxy())
    for (const { variant, vm, send } of playedVariants(played)) {
      // The price of choosing a routed request's route is not known.
      if (variant.listener.isRouted || isAddedToFilter(variant.name)) continue;
      // The gauge of the last demoted request is set once a second, so by next to no request.
      send(0);
      send(knownIds);
      found.set(
        label(variant.name),
        vm.calls.map((call) => call.split(" ")[0] ?? ""),
      );
    }
  return found;
}
