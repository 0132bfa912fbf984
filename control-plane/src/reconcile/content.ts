// In: an object of ours, as it is asked for or as it is stored. Out: what the loop compares and orders by: digests and names, not the object.
import { createHash } from "node:crypto";
import { configurationHash } from "@expedite/filter/config/heartbeat.ts";
import { type ManifestRef, managedBy, moduleLabel, type Step, stepLabel } from "../core/manifest.ts";
import type { Content, Extension, Labels } from "./ports.ts";

export const keyOf = ({ kind, metadata: { namespace, name } }: ManifestRef): string => `${kind} ${namespace}/${name}`;

type Body = {
  readonly metadata: { readonly labels?: Labels };
  readonly spec?: unknown;
  readonly data?: unknown;
};
type Wasm = {
  readonly name?: string;
  readonly vm_config?: { readonly configuration?: { readonly value?: string } };
  readonly configuration?: { readonly value?: string };
};
export type Patch = {
  readonly applyTo?: string;
  readonly match?: { readonly context?: string };
  readonly patch?: {
    readonly operation?: string;
    readonly value?: { readonly name?: string; readonly typed_config?: { readonly config?: Wasm } };
  };
};
type Spec = {
  readonly configPatches?: readonly Patch[];
  readonly workloadSelector?: { readonly labels?: Labels };
};

export function contentOf({ metadata: { labels = {} }, spec, data }: Body): Content {
  const { configPatches = [], ...rest } = (spec ?? {}) as Spec;
  const { digest, ...list } = listContent(configPatches);
  const own = Object.fromEntries(Object.entries(labels).filter(([key]) => isOurs(key)));
  const module = labels[moduleLabel];
  return {
    digest: sha256(canonical([own, rest, digest, data ?? null])),
    step: labels[stepLabel] as Step | undefined,
    workloads: {
      isGateway: configPatches[0]?.match?.context === "GATEWAY",
      selector: rest.workloadSelector?.labels ?? {},
    },
    ...list,
    ...(module === undefined ? {} : { module }),
  };
}

/** A label that somebody else added is no change of what we asked for. */
const isOurs = (label: string): boolean => label in managedBy || label.startsWith("expedite.dev/");

type ListContent = Pick<Content, "adds" | "names" | "sharesRoute" | "extensions"> & { readonly digest: string };

/** Lists that many objects share are read once. */
const known = new WeakMap<readonly Patch[], ListContent>();

function listContent(patches: readonly Patch[]): ListContent {
  const found = known.get(patches) ?? {
    digest: sha256(canonical(patches)),
    adds: patches
      .filter(({ applyTo, patch }) => applyTo === "CLUSTER" && patch?.operation === "ADD")
      .flatMap(({ patch }) => patch?.value?.name ?? []),
    names: [...new Set(patches.flatMap(namesOf))],
    sharesRoute: patches.some(({ applyTo, patch }) => applyTo === "HTTP_ROUTE" && patch?.operation === "INSERT_FIRST"),
    extensions: patches.filter(({ applyTo }) => applyTo === "EXTENSION_CONFIG").flatMap(extensionOf),
  };
  known.set(patches, found);
  return found;
}

/** Of the aggregate clusters that a patch of routes names. */
export function namesOf(patch: Patch): readonly string[] {
  if (patch.applyTo !== "HTTP_ROUTE") return [];
  return [...JSON.stringify(patch).matchAll(/"cluster":"(expedite\|[^"]+)"/g)].map(([, name = ""]) => name);
}

function extensionOf({ patch }: Patch): readonly Extension[] {
  const { name, vm_config, configuration } = patch?.value?.typed_config?.config ?? {};
  const generation = vm_config?.configuration?.value;
  if (name === undefined || generation === undefined) return [];
  return [{ name, generation, hash: configurationHash(configuration?.value ?? "") }];
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

/** JSON with the fields of each object in one order: the API server has an order of its own. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join()}}`;
}
