// What the reconciler needs of Kubernetes and of the mesh: implemented by kube/ and istiod/, and by models in tests. Types only.
import type { Condition } from "../api/conditions.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Manifest, ManifestRef } from "../core/manifest.ts";
import type { MeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";

/** A policy or the ladder as it stands in the cluster, well formed or not. */
export type PolicyObject = {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly generation: number;
  readonly conditions: readonly Condition[];
};

export type Labels = Readonly<Record<string, string>>;

/** Whose configuration an object changes: proxies of its namespace, of one kind, with these labels. */
export type Workloads = { readonly isGateway: boolean; readonly selector: Labels };

/** What is compared of an object that is wanted or stored, and what it changes in proxies: not the object itself. */
export type ObjectSummary = {
  /** Of spec, data and our own labels. The same for a wanted object and the stored one, unless the API server adds to it. */
  readonly digest: string;
  /** Digest of spec and data alone: if only labels change, istiod pushes nothing. */
  readonly spec: string;
  readonly workloads: Workloads;
  /** Types of xDS resources that it changes. */
  readonly types: readonly ResourceType[];
  /** The exportTo of a DestinationRule; empty: all namespaces see its subsets. */
  readonly exportTo: readonly string[];
  /** Configurations of the filter that it delivers, one for each role. */
  readonly extensions: readonly Extension[];
  /** Digest of the filter's module that it carries. */
  readonly module?: string;
};

export type Extension = {
  /** As the plugin is named: expedite-inbound. */
  readonly name: string;
  /** The value of vm_config.configuration, which differs for each configuration and module. */
  readonly generation: string;
  /** As the filter itself counts its ticks by (filter/config/ticks.ts): of the configuration's first line, without the list of routes. */
  readonly hash: string;
};

/** An object of ours as it stands in the cluster. */
export type OwnedObject = { readonly ref: ManifestRef; readonly summary: ObjectSummary };

export type CacheState = {
  /** Differs when anything but our own objects and statuses changed, so that the desired state may differ. */
  readonly revision: number;
  /** Absent: there is no PriorityLadder named default, it is not well formed, or `undecided`. */
  readonly snapshot?: Snapshot;
  /** Why nothing can be decided, so that what is stored stays: the mesh's own facts are not known, or a kind can't be listed. */
  readonly undecided?: string;
  readonly ladder?: Pick<PriorityLadder, "apiVersion" | "kind"> & { readonly name: string; readonly uid: string };
  /** Objects that could not be parsed, which the snapshot lacks. */
  readonly problems: readonly Verdict[];
  /** PriorityPolicies and the PriorityLadder. */
  readonly policies: readonly PolicyObject[];
  readonly owned: readonly OwnedObject[];
  /** Undefined: it is not known, or has no address yet. */
  readonly pod: (namespace: string, name: string) => PodFacts | undefined;
  /** Names of a namespace's ready pods that Istio gave a sidecar. */
  readonly podsWithSidecar: (namespace: string) => readonly string[];
};

export type PodFacts = {
  readonly labels: Labels;
  readonly address?: string;
  /** Ready, and not being deleted: its proxy should be connected to istiod. */
  readonly isReady: boolean;
};

export type Kubernetes = {
  /** Everything as last seen; undefined until everything was listed once. Cheap: it reads memory. */
  cacheState(): CacheState | undefined;
  /** Seconds since the API server was last heard of, of the reflector that waits longest. */
  staleness(): number;
  /**
   * Server-side apply with our field manager; `owner` becomes the object's ownerReference. Over, however it ends, before
   * another replica may lead. @returns it as stored. @throws when refused
   */
  apply(manifest: Manifest, owner: NonNullable<CacheState["ladder"]>): Promise<OwnedObject>;
  /** Deletes an object that carries our label; one that is gone already is no error. @throws when refused */
  remove(ref: ManifestRef): Promise<void>;
  /** Replaces the conditions that we own, through the status subresource. @throws when refused */
  writeConditions(object: PolicyObject, conditions: readonly Condition[]): Promise<void>;
  /** An event on a policy or the ladder. Never throws: an event that is lost is no fault. */
  record(object: PolicyObject, type: "Normal" | "Warning", reason: string, message: string): void;
};

/** Kinds of xDS resources that we change, by what syncz calls them. */
export const resourceTypes = ["CDS", "LDS", "RDS", "ECDS"] as const;
export type ResourceType = (typeof resourceTypes)[number];

/** Identifies the state from which istiod made a push. */
export type Version = {
  /** When it was made, by istiod's clock: milliseconds, in whole seconds. */
  readonly at: number;
  /** Since that istiod started. */
  readonly count: number;
};

/** The last push of one type to a proxy. */
export type Exchange = {
  /** Its nonce: another for each push. */
  readonly nonce: string;
  readonly isAcknowledged: boolean;
  /** Undefined where the nonce has another form. */
  readonly version?: Version;
  /** What the proxy said when it last refused a push; absent: nothing, or a later one was accepted. */
  readonly refused?: string;
};

export type ProxyReport = {
  readonly pod: string;
  readonly namespace: string;
  /** As the proxy says it, for example 1.31.0. */
  readonly istioVersion: string;
  readonly isGateway: boolean;
  /** Which istiod serves it. */
  readonly istiod: string;
  /** Types that it never asked for are absent. */
  readonly exchanges: Readonly<Partial<Record<ResourceType, Exchange>>>;
};

/** What a proxy's metrics say of the filter. */
export type FilterSample = {
  readonly workers: number;
  /** Metric (filter/config/ticks.ts) → its value. */
  readonly ticks: Readonly<Record<string, number>>;
};

export type Mesh = {
  /** Every proxy that a ready istiod pod, of any revision, serves, once each. `namespace`: of one only. @throws when one does not answer */
  proxies(namespace?: string): Promise<readonly ProxyReport[]>;
  /** `address`: of a pod. Undefined: it can't be reached, which is no fault. Never throws. */
  filter(address: string): Promise<FilterSample | undefined>;
};

/** What istiod says of the mesh as a whole, as far as it did. */
export type MeshFacts = {
  readonly config?: MeshConfig;
  /** Why it is not known, once that has lasted for a while. */
  readonly unknown?: string;
  /** Another, and higher, when anything of it changed. */
  readonly revision: number;
};

/** What the controller reports as it happens, for metrics and logs. */
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
  /** What an operator can do. */
  readonly remedy: string;
};

/** What the watch cache tells. `resource`: as kubectl names it. */
export type WatchObserver = {
  /** Once for each resource and cause, until it recovers or the cause is another. */
  readonly watchFailed: (resource: string, problem: WatchProblem) => void;
  readonly watchRecovered: (resource: string) => void;
};
