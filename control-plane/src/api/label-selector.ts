// Defines the schema of a LabelSelector, which the Gateway API and Istio's mesh config have from Kubernetes.
import { z } from "zod";
import { labels } from "./metadata.ts";

export const labelSelector = z.looseObject({
  matchLabels: labels.default({}),
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});

export type LabelSelector = z.infer<typeof labelSelector>;
