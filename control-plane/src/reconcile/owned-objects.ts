// In: our objects by key. Out: they by namespace, then key. Pure.
import type { OwnedObject } from "./ports.ts";

export type Objects = ReadonlyMap<string, OwnedObject>;

export function byNamespace(objects: Objects): ReadonlyMap<string, Objects> {
  const found = new Map<string, Map<string, OwnedObject>>();
  for (const [key, object] of objects) {
    const { namespace } = object.ref.metadata;
    const members = found.get(namespace) ?? new Map<string, OwnedObject>();
    found.set(namespace, members.set(key, object));
  }
  return found;
}
