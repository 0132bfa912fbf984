// Defines the schemas of object metadata.
import { z } from "zod";

export const labels = z.record(z.string(), z.string());

/** For the CRD: the API server refuses two items with the same name, and keeps their order. */
export const uniqueNames = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };

/** RFC 1123 label: the name of a namespace, a link, a rule. */
export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a lower-case DNS label of at most 63 characters");

/** RFC 1123 subdomain: the name of an object. Also safe as a file name. */
export const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a lower-case DNS name");

/** Metadata as a user writes or exports it; the API server's own fields are allowed. */
export const namespacedMetadata = z.looseObject({
  name: objectName,
  namespace: dnsLabel.default("default"),
  labels: labels.optional(),
  annotations: labels.optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
});
