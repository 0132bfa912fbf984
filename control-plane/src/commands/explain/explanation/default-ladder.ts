// The ladder that is assumed if the files have none: the two levels that most meshes want, as a document like those that are read.

export const defaultLadder = {
  apiVersion: "expedite.dev/v1alpha1",
  kind: "PriorityLadder",
  metadata: { name: "default" },
  spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive" },
} as const;
