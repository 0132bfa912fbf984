// Decides whether a pod serves requests now.

type Status = {
  readonly podIP?: string | undefined;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined;
};

/** A pod with an address that doesn't say whether it is ready counts as ready, because files often omit that. A terminating pod doesn't. */
export function isReady({
  metadata,
  status,
}: {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: unknown };
  readonly status?: unknown;
}): boolean {
  const { podIP, conditions = [] } = (status ?? {}) as Status;
  const said = conditions.find(({ type }) => type === "Ready")?.status ?? "True";
  return podIP !== undefined && metadata.deletionTimestamp === undefined && said === "True";
}
