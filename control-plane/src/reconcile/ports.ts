// What the loop needs of Kubernetes and of the mesh: implemented by kube/ and istiod/, by plain data in unit tests. Types only.
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { Manifest, ManifestRef, Step } from "../core/manifest.ts";
import type { DefaultRoute, Snapshot } from "../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";

export type Condition = {
  readonly type: "Accepted" | "ResolvedRefs" | "Programmed" | "Enforced";
  readonly status: "True" | "False" | "Unknown";
  readonly observedGeneration: number;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
};

/** A policy or the ladder as it stands in the cluster, well formed or not. */
export type PolicyObject = {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly generation: number;
  readonly conditions: readonly Condition[];
};

/** An object of ours as it stands in the cluster. */
export type OwnedObject = {
  readonly ref: ManifestRef;
  /** Its label; undefined where somebody took it away. */
  readonly step: Step | undefined;
  /** Digest of spec, data and our labels as they are stored: another after every change of them, ours or not. */
  readonly content: string;
  /** Names of the aggregate clusters that it adds. */
  readonly clusters: readonly string[];
  /** Digest of the filter's module that it carries. */
  readonly module?: string;
};

export type World = {
  /** Absent: there is no PriorityLadder named default, or it is not well formed. */
  readonly snapshot?: Snapshot;
  readonly ladder?: Pick<PriorityLadder, "apiVersion" | "kind"> & { readonly name: string; readonly uid: string };
  /** Of objects that could not be parsed: left out of the snapshot. */
  readonly problems: readonly Verdict[];
  /** PriorityPolicies and the PriorityLadder. */
  readonly policies: readonly PolicyObject[];
  readonly owned: readonly OwnedObject[];
};

export type Kubernetes = {
  /** The whole world as last seen; undefined until everything has been listed once. Cheap: reads memory. */
  world(): World | undefined;
  /** Seconds since the API server was last heard of, of the reflector that waits longest. */
  staleness(): number;
  /** Server-side apply with our field manager; `owner` becomes the object's ownerReference. @returns it as stored. @throws when refused */
  apply(manifest: Manifest, owner: NonNullable<World["ladder"]>): Promise<OwnedObject>;
  /** Deletes an object that carries our label; one that is gone already is no error. @throws when refused */
  remove(ref: ManifestRef): Promise<void>;
  /** Replaces the conditions that we own, through the status subresource. @throws when refused */
  writeConditions(object: PolicyObject, conditions: readonly Condition[]): Promise<void>;
  /** An event on a policy or the ladder. Never throws: an event that is lost is no fault. */
  record(object: PolicyObject, type: "Normal" | "Warning", reason: string, message: string): void;
};

/** Kinds of xDS resources that we change, by what syncz calls them. */
export type ResourceType = "CDS" | "LDS" | "RDS" | "ECDS";

export type ProxyReport = {
  readonly pod: string;
  readonly namespace: string;
  /** As the proxy says it, for example 1.31.0. */
  readonly istioVersion: string;
  readonly isGateway: boolean;
  /** Types of which the last push is not acknowledged. */
  readonly pending: readonly ResourceType[];
  /** Whether it acknowledged a filter by ECDS: it asks for one only after its listeners name it. */
  readonly hasExtensions: boolean;
  /** What the proxy said when it last refused a push; absent: nothing, or a later one was accepted. */
  readonly refused?: { readonly type: ResourceType; readonly message: string };
};

/** What of ours istiod generates for a proxy. */
export type ProxyConfiguration = {
  /** Extension name → its vm_config.configuration, which is the hash of the filter's configuration. */
  readonly extensions: Readonly<Record<string, string>>;
  /** Names of our aggregate clusters and level subsets. */
  readonly clusters: readonly string[];
  /** How many routes choose by level. */
  readonly routes: number;
  /** What its default routes say besides their cluster, each variant once. */
  readonly defaultRoutes: readonly DefaultRoute[];
};

export type Mesh = {
  /** Every proxy that a ready istiod pod, of any revision, serves. @throws when one does not answer */
  proxies(): Promise<readonly ProxyReport[]>;
  /** @throws when no istiod pod serves the proxy */
  configuration(proxy: Pick<ProxyReport, "pod" | "namespace">): Promise<ProxyConfiguration>;
};
