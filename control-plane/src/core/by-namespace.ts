// Groups objects by their namespace.

type Namespaced = { readonly metadata: { readonly namespace: string } };

export function byNamespace<T extends Namespaced>(objects: Iterable<T>): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(objects, ({ metadata }) => metadata.namespace);
}
