// Gives the reconciler its function from the cluster's state to the desired state, with the filter's module, which also checks each
// configuration.
import { readModule, readModuleWithoutQueue } from "@expedite/filter/host/module-file.ts";
import { preflight } from "../preflight/preflight.ts";
import { desiredStateOf } from "../reconcile/desired-state.ts";
import type { ReconcilerOptions } from "../reconcile/reconciler.ts";
import { moduleOf } from "../render/istio/filter.ts";

/** @throws when the filter is not built */
export function desiredStateWithFilter(): ReconcilerOptions["desiredState"] {
  const bytes = readModule();
  const options = { module: moduleOf(bytes, readModuleWithoutQueue()), preflight: preflight(bytes) };
  return (cacheState) => desiredStateOf(cacheState, options);
}
