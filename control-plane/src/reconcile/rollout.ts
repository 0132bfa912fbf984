// In: filters that are wanted, and those that are there with the module they carry. Out: those whose turn it is. Pure.
import { type Manifest, moduleLabel } from "../core/manifest.ts";
import { keyOf } from "./applied.ts";
import type { OwnedObject } from "./ports.ts";

export type Turn = {
  readonly wanted: readonly Manifest[] /** Namespaces that still have the earlier module. */;
  readonly waiting: readonly string[];
};

/**
 * Another module goes to one namespace at a time, in the order of their names; `isHealthy` is asked of the whole mesh before each.
 * Where it is not, the rest keeps what it has. State is what the objects say of themselves, so a restart goes on where it was.
 */
export function oneAtATime(wanted: readonly Manifest[], owned: readonly OwnedObject[], isHealthy: boolean): Turn {
  const there = new Map(owned.map((object) => [keyOf(object.ref), object.module]));
  const isLater = (manifest: Manifest): boolean => {
    const module = there.get(keyOf(manifest));
    return module !== undefined && module !== manifest.metadata.labels[moduleLabel];
  };
  const namespaces = [...new Set(wanted.filter(isLater).map(({ metadata }) => metadata.namespace))].sort();
  const waiting = new Set(isHealthy ? namespaces.slice(1) : namespaces);
  return {
    wanted: wanted.filter((manifest) => !(waiting.has(manifest.metadata.namespace) && isLater(manifest))),
    waiting: [...waiting],
  };
}
