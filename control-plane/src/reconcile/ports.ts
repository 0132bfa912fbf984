// Defines what the reconciler needs from Kubernetes and the mesh: implemented by kube/ and istiod/, and by models in tests. Types only.
import type { Condition } from "../api/conditions.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { NodeStatus } from "../api/priority-node.ts";
import type { Manifest, ManifestRef } from "../core/manifest.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";

/** A policy or the ladder as stored in the cluster, valid or not. */
export type PolicyObject = {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly generation: number;
  readonly conditions: readonly Condition[];
};

export type Labels = Readonly<Record<string, string>>;

/** Whose configuration an object changes: proxies of its namespace, of one kind, with these labels. */
export type Workloads = { readonly isGateway: boolean; readonly selector: Labels };

/** What is compared of a wanted or stored object, and what it changes in proxies, instead of the object itself. */
export type ObjectSummary = {
  /**
   * Digest of spec and Expedite's own labels. It is the same for a wanted object and the stored one, unless the API server adds
   * something.
   */
  readonly digest: string;
  /** Digest of the spec only: if only labels change, istiod pushes nothing. */
  readonly spec: string;
  readonly workloads: Workloads;
  /** Types of xDS resources that it changes. */
  readonly types: readonly ResourceType[];
  /** The exportTo of a DestinationRule; empty: all namespaces see its subsets. */
  readonly exportTo: readonly string[];
  /** Configurations of the filter in it, one for each role. */
  readonly extensions: readonly Extension[];
  /** Digest of the filter's module in it. */
  readonly module?: string;
  /** Absent: there is no filter in it. */
  readonly defaultLevel?: DefaultLevel;
};

/**
 * How an object's filters treat requests of the default level: they have no header; or the header says it; or that, and sidecars also
 * classify requests that have none.
 */
export type DefaultLevel = "absent" | "written" | "classified";

export type Extension = {
  /** The name of the plugin: expedite-inbound. */
  readonly name: string;
  /** The value of vm_config.configuration, which differs for each configuration and module. */
  readonly generation: string;
  /**
   * The hash under which the filter counts its ticks (filter/config/ticks.ts): that of the configuration's first line, without the route
   * list.
   */
  readonly hash: string;
};

/** An object of Expedite's as stored in the cluster. */
export type OwnedObject = { readonly ref: ManifestRef; readonly summary: ObjectSummary };

export type CacheState = {
  /** Differs when anything but Expedite's own objects and statuses changed, so that the desired state may differ. */
  readonly revision: number;
  /** Absent: there is no PriorityLadder named default, it is invalid, or `undecided`. */
  readonly snapshot?: Snapshot;
  /** Why nothing can be decided, so that stored objects stay: the facts of the mesh are not known, or a kind can't be listed. */
  readonly undecided?: string;
  readonly ladder?: Pick<PriorityLadder, "apiVersion" | "kind"> & { readonly name: string; readonly uid: string };
  /** Objects that could not be parsed, which the snapshot lacks. */
  readonly problems: readonly Verdict[];
  /** PriorityPolicies and the PriorityLadder. */
  readonly policies: readonly PolicyObject[];
  readonly owned: readonly OwnedObject[];
  /** Those whose agents created a PriorityNode. */
  readonly nodes: readonly NodeSummary[];
  /** Undefined: it is not known, or has no address yet. */
  readonly pod: (namespace: string, name: string) => PodFacts | undefined;
  /** Names of a namespace's ready pods with a sidecar from Istio. */
  readonly podsWithSidecar: (namespace: string) => readonly string[];
};

/** What the controller keeps of a PriorityNode. */
export type NodeSummary = {
  readonly name: string;
  /** Absent: the agent has not reported yet, or not what the kind defines. */
  readonly report?: Pick<
    NodeStatus,
    "observedGeneration" | "activeLinks" | "inactiveLinks" | "inactivePods" | "isRemoved" | "congestionControl"
  > & {
    /** With its place and message. */
    readonly worst?: { readonly reason: string; readonly text: string };
  };
};

export type PodFacts = {
  readonly labels: Labels;
  readonly address?: string;
  /** Ready and not terminating: its proxy should be connected to istiod. */
  readonly isReady: boolean;
};

export type Kubernetes = {
  /** Everything as last seen; undefined until everything has been listed once. Cheap, because it reads memory. */
  cacheState(): CacheState | undefined;
  /** Seconds since the API server last answered, for the reflector that has waited longest. */
  staleness(): number;
  /**
   * Server-side apply with Expedite's field manager; `owner` becomes the object's ownerReference. It ends, in any way, before another
   * replica may lead. @returns it as stored. @throws when refused
   */
  apply(manifest: Manifest, owner: NonNullable<CacheState["ladder"]>): Promise<OwnedObject>;
  /** Deletes an object with Expedite's label; a missing one is no error. @throws when refused */
  remove(ref: ManifestRef): Promise<void>;
  /** Replaces Expedite's conditions, through the status subresource. @throws when refused */
  writeConditions(object: PolicyObject, conditions: readonly Condition[]): Promise<void>;
  /** Records an event on a policy or the ladder. Never throws: losing an event is no failure. */
  record(object: PolicyObject, type: "Normal" | "Warning", reason: string, message: string): void;
};

/** Types of xDS resources that Expedite changes, as syncz names them. */
export const resourceTypes = ["CDS", "LDS", "RDS", "ECDS"] as const;
export type ResourceType = (typeof resourceTypes)[number];

/** Identifies the state from which istiod made a push. */
export type Version = {
  /** When it was made, by istiod's clock: milliseconds, in whole seconds. */
  readonly at: number;
  /** Counted since that istiod started. */
  readonly count: number;
};

/** The last push of one type to a proxy. */
export type Exchange = {
  /** Its nonce, which differs for each push. */
  readonly nonce: string;
  readonly isAcknowledged: boolean;
  /** Undefined if the nonce has another form. */
  readonly version?: Version;
  /** What the proxy said when it last refused a push; absent: nothing, or it has accepted a later one. */
  readonly refused?: string;
};

export type ProxyReport = {
  readonly pod: string;
  readonly namespace: string;
  /** As the proxy reports it, for example 1.31.0. */
  readonly istioVersion: string;
  readonly isGateway: boolean;
  /** The istiod that serves it. */
  readonly istiod: string;
  /** Types that it has never requested are absent. */
  readonly exchanges: Readonly<Partial<Record<ResourceType, Exchange>>>;
};

/** What a proxy's metrics say about the filter. */
export type FilterSample = {
  readonly workers: number;
  /** Values by metric (filter/config/ticks.ts). */
  readonly ticks: Readonly<Record<string, number>>;
};

/** How long istiod waits for further changes before it pushes one, in milliseconds. */
export type Debounce = {
  /** Since the last change: PILOT_DEBOUNCE_AFTER. */
  readonly after: number;
  /** Since the first, however many follow: PILOT_DEBOUNCE_MAX. */
  readonly max: number;
};

export type Mesh = {
  /** Of the istiod that waits longest. */
  debounce(): Debounce;
  /**
   * Every proxy that a ready istiod pod of any revision serves, once each. `namespace`: only those of one. @throws when one does not answer
   */
  proxies(namespace?: string): Promise<readonly ProxyReport[]>;
  /**
   * Differs whenever an istiod has heard of another change since, whether it pushes it or not yet. Undefined: not known, which is no
   * failure. Never throws.
   */
  heard(): Promise<string | undefined>;
  /** `address`: that of a pod. Undefined: it can't be reached, which is no failure. Never throws. */
  filter(address: string): Promise<FilterSample | undefined>;
};

/** What istiod says about the mesh as a whole, as far as it has answered. */
export type MeshFacts = {
  readonly config?: MeshConfig;
  /** Why it is not known, once that has lasted for a while. */
  readonly unknown?: string;
  /** Increases whenever something in it changed. */
  readonly revision: number;
};

/** Events of the controller, for metrics and logs. */
export type Observer = {
  /** `seconds`: how long one reconcile took. `error`: why it failed. */
  readonly reconciled: (seconds: number, error?: Error) => void;
  readonly wrote: (write: WriteReport) => void;
};

type WriteReport = {
  readonly verb: "apply" | "remove" | "status";
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Why it failed. */
  readonly error?: Error;
};

/** Why a kind cannot be listed or watched now. */
export type WatchProblem = {
  readonly cause: "Forbidden" | "Missing" | "Unreachable" | "Unavailable" | "Refused" | "Unreadable";
  readonly message: string;
  /** What an operator can do about it. */
  readonly remedy: string;
};

/** Events of the watch cache. `resource`: as kubectl names it. */
export type WatchObserver = {
  /** Called once for each resource and cause, until it recovers or the cause changes. */
  readonly watchFailed: (resource: string, problem: WatchProblem) => void;
  readonly watchRecovered: (resource: string) => void;
};
