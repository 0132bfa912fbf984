// Reads an object as the API server sends it: what translate needs, parsed once, or why it can't be read. The rest is dropped.
import { type Problem, parse } from "../api/parse.ts";
import { egressBandwidth, exportToAnnotation, releaseAnnotation } from "../core/labels.ts";
import { isManaged } from "../core/manifest.ts";
import type { OwnedObject } from "../reconcile/ports.ts";
import { ownedOf } from "./owned.ts";
import { apiVersionOf } from "./resources.ts";
import type { RawObject, WatchedKind } from "./watched-kinds.ts";

export type ParsedObject = {
  /** For a policy or the ladder: what its status needs. */
  readonly raw?: RawObject;
  /** Absent if it could not be read. */
  readonly value?: unknown;
  /** For an object that Expedite wrote. */
  readonly owned?: OwnedObject;
  readonly problems: readonly Problem[];
};

const annotationsRead = [exportToAnnotation, egressBandwidth, releaseAnnotation];

/**
 * Drops managedFields and everything else that is not read, which is most of an object. The age is kept only where it decides: between
 * policies, routes and rules.
 */
export function parseObject({ resource, schema, keep }: WatchedKind, object: RawObject): ParsedObject {
  if (isManaged(object)) return { owned: ownedOf(resource, object), problems: none };
  const apiVersion = apiVersionOf(resource);
  const { name, namespace, labels, creationTimestamp, deletionTimestamp } = object.metadata;
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    annotationsRead.includes(key),
  );
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(creationTimestamp === undefined || resource.group === "" ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
  const kept = keep?.(object) ?? (object.spec === undefined ? {} : { spec: object.spec });
  const parsed = parse(schema, { apiVersion, kind: resource.kind, metadata, ...kept });
  const raw = "statusVerbs" in resource ? { raw: statusOf(object) } : {};
  if ("problems" in parsed) return { ...raw, problems: parsed.problems };
  return { ...raw, value: parsed.value, problems: none };
}

const none: readonly Problem[] = [];

function statusOf({ metadata, status }: RawObject): RawObject {
  const { name, namespace, uid, generation, resourceVersion } = metadata;
  return {
    metadata: {
      name,
      resourceVersion,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(generation === undefined ? {} : { generation }),
    },
    ...(status === undefined ? {} : { status }),
  };
}

/**
 * Whether translate reads the same from two states of an object. The resourceVersion does not count, because writing a status is no change.
 * Objects that Expedite wrote are not read at all.
 */
export function isSameInput(before: ParsedObject | undefined, after: ParsedObject | undefined): boolean {
  if (before?.owned !== undefined || after?.owned !== undefined)
    return before?.value === undefined && after?.value === undefined;
  if (before === undefined || after === undefined) return before === after;
  return before.raw?.metadata.generation === after.raw?.metadata.generation && inputText(before) === inputText(after);
}

const inputText = ({ value, problems }: ParsedObject): string =>
  JSON.stringify([value, problems], (key, field) => (key === "resourceVersion" ? undefined : field));
