// The ladder and the policy of the tests, as kubectl applies them.

/** `mode` is that of PriorityLadder. */
export const ladder = (mode: string): string =>
  JSON.stringify({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: { mode, levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive" },
  });

/** Requests whose path has the prefix get level batch. */
export const policy = (prefix: string): string =>
  JSON.stringify({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityPolicy",
    metadata: { name: "exports", namespace: "bookinfo" },
    spec: { rules: [{ name: "exports", match: { path: { prefix } }, level: "batch" }] },
  });
