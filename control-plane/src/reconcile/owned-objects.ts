// Indexes Expedite's objects by key, or by namespace and then key.
import type { OwnedObject } from "./ports.ts";

export type Objects = ReadonlyMap<string, OwnedObject>;

export const noObjects: Objects = new Map();

export function byNamespace(objects: Objects): ReadonlyMap<string, Objects> {
  const found = new Map<string, Map<string, OwnedObject>>();
  for (const [key, object] of objects) {
    const { namespace } = object.ref.metadata;
    const members = found.get(namespace) ?? new Map<string, OwnedObject>();
    found.set(namespace, members.set(key, object));
  }
  return found;
}
