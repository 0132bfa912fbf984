// The ladder and the policy of the tests, as kubectl applies them.

const levels = [{ name: "interactive" }, { name: "batch", dscp: "CS1" }];

/** `mode` and `links` are those of PriorityLadder. */
export const ladder = (mode: string, links: readonly object[] = []): string =>
  JSON.stringify({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: { mode, levels, defaultLevel: "interactive", ...(links.length === 0 ? {} : { links }) },
  });

/** Requests whose path has the prefix get level batch. */
export const policy = (prefix: string, namespace = "bookinfo"): string =>
  JSON.stringify({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityPolicy",
    metadata: { name: "exports", namespace },
    spec: { rules: [{ name: "exports", match: { path: { prefix } }, level: "batch" }] },
  });
