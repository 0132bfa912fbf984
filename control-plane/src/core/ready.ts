// Whether a pod serves requests now.

type Status = {
  readonly podIP?: string | undefined;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined;
};

/** A pod that has an address and does not say whether it is ready counts as ready: files often leave that out. A pod on its way out does not. */
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
