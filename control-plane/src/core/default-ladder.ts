// The two levels that most meshes want, as a document like those that are read. Its mode, Observe, changes no request: the filter classifies
// and counts.

export const defaultLadder = {
  apiVersion: "expedite.dev/v1alpha1",
  kind: "PriorityLadder",
  metadata: { name: "default" },
  spec: {
    mode: "Observe",
    levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1", minShare: "5%" }],
    defaultLevel: "interactive",
  },
} as const;
