// Summarises an object of Expedite's, wanted or stored: a digest for comparing the two, and what it changes in proxies. Pure.
import { configurationHash } from "@expedite/filter/config/ticks.ts";
import { digest } from "../core/digest.ts";
import { managedBy, moduleLabel, suppressedMessages } from "../core/labels.ts";
import type { ManifestRef } from "../core/manifest.ts";
import { defaultLevelOf } from "./default-level-of.ts";
import type { Extension, Labels, ObjectSummary, ResourceType } from "./ports.ts";

export const keyOf = ({ kind, metadata: { namespace, name } }: ManifestRef): string => `${kind} ${namespace}/${name}`;

type Body = {
  readonly kind?: string;
  readonly metadata: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec?: unknown;
};
type Wasm = {
  readonly name?: string;
  readonly vm_config?: { readonly configuration?: { readonly value?: string } };
  readonly configuration?: { readonly value?: string };
};
type Patch = {
  readonly applyTo?: string;
  readonly match?: { readonly context?: string };
  readonly patch?: { readonly value?: { readonly typed_config?: { readonly config?: Wasm } } };
};
type Spec = {
  readonly configPatches?: readonly Patch[];
  readonly workloadSelector?: { readonly labels?: Labels };
  readonly exportTo?: readonly string[];
};

export function summaryOf({ kind, metadata: { labels = {}, annotations = {} }, spec }: Body): ObjectSummary {
  const { configPatches = [], ...rest } = (spec ?? {}) as Spec;
  const list = patchSummary(configPatches);
  const own = Object.fromEntries(Object.entries({ ...annotations, ...labels }).filter(([key]) => isOurs(key)));
  const module = labels[moduleLabel];
  const body = digest(canonical([rest, list.digest]));
  return {
    digest: digest(canonical([own, body])),
    spec: body,
    workloads: {
      isGateway: configPatches[0]?.match?.context === "GATEWAY",
      selector: rest.workloadSelector?.labels ?? {},
    },
    // istiod makes clusters of its subsets.
    types: kind === "DestinationRule" ? ["CDS"] : list.types,
    exportTo: rest.exportTo ?? [],
    extensions: list.extensions,
    ...(module === undefined ? {} : { module }),
    ...(list.defaultLevel === undefined ? {} : { defaultLevel: list.defaultLevel }),
  };
}

/** A label or annotation that someone else added makes no difference. */
const isOurs = (name: string): boolean =>
  name in managedBy || name in suppressedMessages || name.startsWith("expedite.dev/");

type PatchSummary = Pick<ObjectSummary, "types" | "extensions" | "defaultLevel"> & { readonly digest: string };

/** Many objects share a list of patches, so each list is read once. */
const known = new WeakMap<readonly Patch[], PatchSummary>();

function patchSummary(patches: readonly Patch[]): PatchSummary {
  const found = known.get(patches) ?? readPatches(patches);
  known.set(patches, found);
  return found;
}

function readPatches(patches: readonly Patch[]): PatchSummary {
  const filters = patches.filter(({ applyTo }) => applyTo === "EXTENSION_CONFIG").map(wasmOf);
  const defaultLevel = defaultLevelOf(filters.flatMap(({ configuration }) => configuration?.value ?? []));
  return {
    digest: digest(canonical(patches)),
    types: [...new Set(patches.flatMap(({ applyTo = "" }) => typeOf[applyTo] ?? []))],
    extensions: filters.flatMap(extensionOf),
    ...(defaultLevel === undefined ? {} : { defaultLevel }),
  };
}

/** The type of resource that a patch changes, by its `applyTo`. */
export const typeOf: Readonly<Record<string, ResourceType>> = {
  CLUSTER: "CDS",
  LISTENER: "LDS",
  LISTENER_FILTER: "LDS",
  FILTER_CHAIN: "LDS",
  NETWORK_FILTER: "LDS",
  HTTP_FILTER: "LDS",
  ROUTE_CONFIGURATION: "RDS",
  VIRTUAL_HOST: "RDS",
  HTTP_ROUTE: "RDS",
  EXTENSION_CONFIG: "ECDS",
};

const wasmOf = ({ patch }: Patch): Wasm => patch?.value?.typed_config?.config ?? {};

function extensionOf({ name, vm_config, configuration }: Wasm): readonly Extension[] {
  const generation = vm_config?.configuration?.value;
  if (name === undefined || generation === undefined) return [];
  return [{ name, generation, hash: configurationHash(configuration?.value ?? "") }];
}

/** JSON with sorted fields, because the API server returns them in another order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join()}}`;
}
