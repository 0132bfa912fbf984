// Models a proxy, and what istiod generates for it: for each type, the texts of its patches or subsets.
import type { Manifest } from "../../src/core/manifest.ts";
import { summaryOf, typeOf } from "../../src/reconcile/object-summary.ts";
import { type Exchange, type ResourceType, resourceTypes, type Version } from "../../src/reconcile/ports.ts";

export type Generated = Readonly<Record<ResourceType, readonly string[]>>;
/** The state at one moment. `objects`: those that istiod had seen by then. */
export type State = { readonly version: Version; readonly objects: ReadonlyMap<string, Manifest> };

type MutableExchange = { -readonly [field in keyof Exchange]: Exchange[field] };

/** For the type CDS, the texts contain cluster names. */
export function generate(objects: Iterable<Manifest>, namespace: string): Generated {
  const found: Record<ResourceType, string[]> = { CDS: [], LDS: [], RDS: [], ECDS: [] };
  for (const { kind, metadata, spec } of objects) {
    type Spec = {
      readonly configPatches?: readonly { readonly applyTo: string }[];
      readonly exportTo?: readonly string[];
      readonly subsets?: readonly { readonly name: string }[];
    };
    const { configPatches = [], exportTo = [], subsets = [] } = spec as Spec;
    if (kind === "EnvoyFilter" && metadata.namespace === namespace)
      for (const patch of configPatches) found[typeOf[patch.applyTo]!].push(JSON.stringify(patch));
    if (kind === "DestinationRule" && exportTo.includes(namespace))
      for (const { name } of subsets) found.CDS.push(`outbound|80|${name}`);
  }
  for (const type of resourceTypes) found[type].sort();
  return found;
}

/** Names of the filter's counters. */
export function countersOf(objects: Iterable<Manifest>, namespace: string): readonly string[] {
  return [...objects]
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap((manifest) => summaryOf(manifest).extensions)
    .map(({ name, hash }) => `wasmcustom.expedite.${name.replace("expedite-", "")}.ticks.${hash}`);
}

export class ModelProxy {
  readonly namespace: string;
  readonly pod: string;
  readonly connectedAt: number;
  /** The configuration that it accepted last. */
  taken: Generated = { CDS: [], LDS: [], RDS: [], ECDS: [] };
  counters: readonly string[] = [];
  /** Whether it has accepted its first configuration; its pod is not ready before that. */
  isReady = false;
  /** The state of the push in progress or of the last one: LastPushContext. */
  state: State;
  /** The next push, with its types. */
  waiting: { readonly state: State; readonly types: ReadonlySet<ResourceType> } | undefined;
  isBusy = false;
  /** It receives nothing, as if its network were down. */
  isCut = false;
  /** The number of its connections to istiod. */
  connection = 1;
  isConnected = true;
  exchanges: Partial<Record<ResourceType, MutableExchange>> = {};

  constructor(namespace: string, pod: string, state: State, connectedAt: number) {
    [this.namespace, this.pod, this.state, this.connectedAt] = [namespace, pod, state, connectedAt];
  }

  /** Keeps what it has accepted. */
  disconnect(): void {
    this.connection++;
    Object.assign(this, { isConnected: false, exchanges: {}, waiting: undefined, isBusy: false });
  }
}
