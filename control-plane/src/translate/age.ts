// In: objects of Kubernetes. Out: their order by age, which decides conflicts (Gateway API, conflict resolution).

type Aged = {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly creationTimestamp?: string | undefined;
  };
};

/** Oldest first; without a time, or at the same one, by namespace and name. */
export function byAge(a: Aged, b: Aged): number {
  const [first, second] = [ageKey(a), ageKey(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

export function ageKey({ metadata: { name, namespace, creationTimestamp } }: Aged): string {
  return `${creationTimestamp ?? "~"} ${namespace}/${name}`;
}
