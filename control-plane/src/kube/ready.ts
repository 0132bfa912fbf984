// Of a Pod: whether it serves now. One that is being deleted may be Ready still.

type Conditions = { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };

export function isReady({
  metadata,
  status,
}: {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: unknown };
  readonly status?: unknown;
}): boolean {
  const { conditions = [] } = (status ?? {}) as Conditions;
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some(({ type, status: value }) => type === "Ready" && value === "True")
  );
}
