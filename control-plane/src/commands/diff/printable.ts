// Writes an object as lines of YAML, without what only the API server decides, and with a digest instead of the filter's module.
import { stringify } from "yaml";
import { digest } from "../../core/digest.ts";
import type { StoredObject } from "../../kube/dry-run.ts";

/** An annotation that repeats the whole object. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Leaves out what only the API server decides (uid, versions, times, managers, status). No lines for a missing object. */
export function printable(object: StoredObject | undefined): readonly string[] {
  if (object === undefined) return [];
  const { apiVersion, kind, metadata, spec } = object;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== lastApplied);
  const { name, namespace, labels = {} } = metadata;
  const shown = {
    ...{ apiVersion, kind, metadata: { name, namespace, ...filled("labels", Object.entries(labels)) } },
    ...(spec === undefined ? {} : { spec }),
  };
  Object.assign(shown.metadata, filled("annotations", annotations));
  const options = { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true };
  return stringify(shortened(shown), options).trimEnd().split("\n");
}

function filled(key: string, entries: readonly (readonly [string, string])[]): Readonly<Record<string, unknown>> {
  return entries.length === 0 ? {} : { [key]: Object.fromEntries(entries) };
}

/** `inline_bytes` contains the whole module, which is of no use to readers; the digest is that of the label expedite.dev/module. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      key === "inline_bytes" && typeof field === "string" ? withoutContent(field) : shortened(field),
    ]),
  );
}

function withoutContent(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  return `(${bytes.length} bytes, sha256 ${digest(bytes)})`;
}
