// In: an object of a collection, raw. Out: it as parsed once, with what the status needs; or why it can't be read.
import { formatProblem, type Problem, parse } from "../api/parse.ts";
import { managedBy } from "../core/manifest.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import { ownedOf } from "./owned.ts";
import type { RawObject, WatchedKind } from "./watched-kinds.ts";

export type ParsedObject = {
  /** Of a policy or the ladder: what its status needs. */
  readonly raw?: RawObject;
  /** Absent: it could not be read. */
  readonly value?: unknown;
  /** One of ours. */
  readonly owned?: OwnedObject;
  readonly problems: readonly Problem[];
};

const annotationsRead = ["networking.istio.io/exportTo", "kubernetes.io/egress-bandwidth"];

/** Drops managedFields and whatever else nobody reads: it is most of an object. Age decides between policies, routes and rules only. */
export function parseObject(collection: WatchedKind, object: RawObject): ParsedObject {
  if (isManaged(object)) {
    const owned = ownedOf(collection.apiVersion, collection.kind, object);
    return { owned, problems: none };
  }
  const { name, namespace, labels, creationTimestamp, deletionTimestamp } = object.metadata;
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    annotationsRead.includes(key),
  );
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(creationTimestamp === undefined || collection.apiVersion === "v1" ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
  const kept = collection.keep?.(object) ?? (object.spec === undefined ? {} : { spec: object.spec });
  const parsed = parse(collection.schema, {
    apiVersion: collection.apiVersion,
    kind: collection.kind,
    metadata,
    ...kept,
  });
  const raw = collection.apiVersion.startsWith("expedite.dev/") ? { raw: statusOf(object) } : {};
  if ("problems" in parsed) return { ...raw, problems: parsed.problems };
  return { ...raw, value: parsed.value, problems: none };
}

const none: readonly Problem[] = [];

function statusOf({ metadata, status }: RawObject): RawObject {
  const { name, namespace, uid, generation, resourceVersion } = metadata;
  return {
    metadata: {
      ...{ name, resourceVersion },
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(generation === undefined ? {} : { generation }),
    },
    ...(status === undefined ? {} : { status }),
  };
}

/**
 * Whether two states of an object are the same to translate: neither is ours, and nothing that it reads differs. The version
 * does not count: a status that somebody writes is no change.
 */
export function isSameInput(before: ParsedObject | undefined, after: ParsedObject | undefined): boolean {
  if (before?.owned !== undefined || after?.owned !== undefined)
    return before?.value === undefined && after?.value === undefined;
  if (before === undefined || after === undefined) return before === after;
  return before.raw?.metadata.generation === after.raw?.metadata.generation && inputText(before) === inputText(after);
}

const inputText = ({ value, problems }: ParsedObject): string =>
  JSON.stringify([value, problems], (key, field) => (key === "resourceVersion" ? undefined : field));

export function isManaged({ metadata }: { readonly metadata: Pick<RawObject["metadata"], "labels"> }): boolean {
  return Object.entries(managedBy).every(([key, value]) => metadata.labels?.[key] === value);
}

export const describe = (problems: readonly Problem[]): string => problems.map(formatProblem).join("; ");
