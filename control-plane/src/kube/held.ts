// In: an object of a collection, raw. Out: it as parsed once, with what the status needs; or why it can't be read.
import { formatProblem, type Problem, parse } from "../api/parse.ts";
import { managedBy } from "../core/manifest.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import type { Collection, RawObject } from "./collections.ts";
import { ownedOf } from "./owned.ts";

export type Held = {
  readonly raw: RawObject;
  /** Absent: it could not be read. */
  readonly value?: unknown;
  /** One of ours. */
  readonly owned?: OwnedObject;
  readonly problems: readonly Problem[];
};

const annotationsRead = ["networking.istio.io/exportTo", "kubernetes.io/egress-bandwidth"];

/** Drops managedFields and whatever else nobody reads: it is most of an object. */
export function hold(collection: Collection, object: RawObject): Held {
  if (isOurs(object)) {
    const owned = ownedOf(collection.apiVersion, collection.kind, object);
    return { raw: { metadata: object.metadata }, owned, problems: [] };
  }
  const { name, namespace, uid, generation, resourceVersion, labels, creationTimestamp, deletionTimestamp } =
    object.metadata;
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    annotationsRead.includes(key),
  );
  const metadata = {
    ...{ name, resourceVersion },
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
  const kept = collection.keep?.(object) ?? (object.spec === undefined ? {} : { spec: object.spec });
  const parsed = parse(collection.schema, {
    apiVersion: collection.apiVersion,
    kind: collection.kind,
    metadata,
    ...kept,
  });
  const isPolicy = collection.apiVersion.startsWith("expedite.dev/");
  const raw = {
    metadata: {
      ...metadata,
      ...(uid === undefined ? {} : { uid }),
      ...(generation === undefined ? {} : { generation }),
    },
    ...(isPolicy && object.status !== undefined ? { status: object.status } : {}),
  };
  if ("problems" in parsed) return { raw, problems: parsed.problems };
  return { raw: isPolicy ? raw : { metadata: { name, resourceVersion } }, value: parsed.value, problems: [] };
}

export function isOurs({ metadata }: { readonly metadata: Pick<RawObject["metadata"], "labels"> }): boolean {
  return Object.entries(managedBy).every(([key, value]) => metadata.labels?.[key] === value);
}

export const describe = (problems: readonly Problem[]): string => problems.map(formatProblem).join("; ");
