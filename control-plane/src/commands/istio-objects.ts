// Renders the objects that the controller would write for a plan, and finds those that the filter itself refuses.
import { readModuleWithoutQueue } from "@expedite/filter/host/module-file.ts";
import type { Manifest } from "../core/manifest.ts";
import type { Plan } from "../core/plan.ts";
import { preflight } from "../preflight/preflight.ts";
import { moduleOf } from "../render/istio/filter.ts";
import { renderIstio } from "../render/istio/render.ts";
import { filterModule } from "./filter-file.ts";

type IstioObjects = {
  readonly manifests: readonly Manifest[];
  /** Nothing is written to these namespaces. */
  readonly refused: readonly { readonly namespace: string; readonly problem: string }[];
};

/** `filter`: the Wasm module (default: the one built here). @throws UserError when there is no module */
export function istioObjects(plan: Plan, filter: string | undefined): IstioObjects {
  // Mode Disabled renders no filter, and needs none.
  if (plan.mode === "Disabled") return { manifests: [], refused: [] };
  const bytes = filterModule(filter);
  const module = filter === undefined ? moduleOf(bytes, readModuleWithoutQueue()) : moduleOf(bytes);
  const manifests = renderIstio(plan, module);
  const refuse = preflight(bytes);
  const refused = manifests.flatMap((manifest) =>
    refuse(manifest).map((reason) => ({
      namespace: manifest.metadata.namespace,
      problem: `${nameOf(manifest)}: the filter refuses its configuration: ${reason}`,
    })),
  );
  return { manifests, refused };
}

/** `shop.EnvoyFilter.expedite-routes` */
export function nameOf({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${namespace}.${kind}.${name}`;
}
