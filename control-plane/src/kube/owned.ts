// In: an object of ours as the API server stores it. Out: what the loop compares and orders by: a digest, not the object.
import { createHash } from "node:crypto";
import { moduleLabel, type Step, stepLabel } from "../core/manifest.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import type { RawObject } from "./collections.ts";

/** The API server gives the fields of an object in one order always. */
export function ownedOf(apiVersion: string, kind: string, { metadata, spec, data }: RawObject): OwnedObject {
  const { name, namespace = "", labels = {} } = metadata;
  const text = JSON.stringify([spec, data, labels]);
  const module = labels[moduleLabel];
  return {
    ref: { apiVersion, kind, metadata: { name, namespace } },
    step: labels[stepLabel] as Step | undefined,
    content: createHash("sha256").update(text).digest("hex"),
    clusters: [...new Set([...text.matchAll(/"name":"(expedite\|[^"]+)"/g)].map(([, cluster = ""]) => cluster))],
    ...(module === undefined ? {} : { module }),
  };
}
