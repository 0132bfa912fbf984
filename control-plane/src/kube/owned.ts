// In: an object of ours as the API server stores it. Out: what the loop compares of it, not the object.
import { summaryOf } from "../reconcile/object-summary.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import type { RawObject } from "./watched-kinds.ts";

export function ownedOf(apiVersion: string, kind: string, object: RawObject): OwnedObject {
  const { name, namespace = "" } = object.metadata;
  return { ref: { apiVersion, kind, metadata: { name, namespace } }, summary: summaryOf({ ...object, kind }) };
}
