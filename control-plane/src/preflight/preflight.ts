// Asks the filter's own module whether it accepts each configuration, before a proxy gets it.

import { startFilterVm } from "@expedite/filter/host/filter-vm.ts";
import { SharedData } from "@expedite/filter/host/shared-data.ts";
import { digest } from "../core/digest.ts";
import type { Manifest } from "../core/manifest.ts";

/** Why an object would not work; empty if it would. */
export type Preflight = (manifest: Manifest) => readonly string[];

/** No request comes, so nothing reads the join table that a configuration creates: thousands of entries, 30 MB in all. */
class DiscardedData extends SharedData {
  override set(): boolean {
    return true;
  }
}

/** Results are cached by the digest of the configuration; each is tried in a VM that is dropped at once. */
export function preflight(bytes: Uint8Array<ArrayBuffer>): Preflight {
  const module = new WebAssembly.Module(bytes);
  const answers = new Map<string, readonly string[]>();
  return ({ spec }) =>
    configurations(spec).flatMap((configuration) => {
      const key = digest(configuration, 64);
      const known = answers.get(key) ?? read(module, configuration);
      answers.set(key, known);
      if (answers.size > 1000) answers.delete(answers.keys().next().value!);
      return known;
    });
}

function read(module: WebAssembly.Module, configuration: string): readonly string[] {
  try {
    const { accepted, logs } = startFilterVm({ module, sharedData: new DiscardedData() }).configure(configuration);
    return accepted ? [] : logs.length > 0 ? logs : ["the module does not say why"];
  } catch (error) {
    return [`the module fails: ${(error as Error).message}`];
  }
}

/** Configurations in the EXTENSION_CONFIG patches of an EnvoyFilter. */
function configurations(spec: unknown): readonly string[] {
  type Patch = {
    applyTo?: string;
    patch?: { value?: { typed_config?: { config?: { configuration?: { value?: string } } } } };
  };
  const { configPatches = [] } = (spec ?? {}) as { readonly configPatches?: readonly Patch[] };
  return configPatches
    .filter(({ applyTo }) => applyTo === "EXTENSION_CONFIG")
    .flatMap(({ patch }) => patch?.value?.typed_config?.config?.configuration?.value ?? []);
}
