// Summarises an object of Expedite's as the API server stores it: what the controller compares, rather than the object itself.
import { summaryOf } from "../reconcile/object-summary.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import { apiVersionOf, type Resource } from "./resources.ts";
import type { RawObject } from "./watched-kinds.ts";

export function ownedOf(resource: Resource, object: RawObject): OwnedObject {
  const { kind } = resource;
  const { name, namespace = "" } = object.metadata;
  const ref = { apiVersion: apiVersionOf(resource), kind, metadata: { name, namespace } };
  return { ref, summary: summaryOf({ ...object, kind }) };
}
