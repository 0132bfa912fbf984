// What the mesh shall do, free of any system's syntax: the one model between translate and the renderers. Types only.
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PolicyRule } from "../api/priority-policy.ts";
import type { DefaultRoute } from "./snapshot.ts";

export type Plan = {
  /** Off: the same proxies without filter, level clusters and route choice. Observe: with the filter only. */
  readonly mode: "Off" | "Observe" | "Enforce";
  readonly header: string;
  readonly correlateBy: readonly string[];
  /** Where a level is read that `header` does not name, in this order. */
  readonly readFrom?: NonNullable<PriorityLadder["spec"]["readFrom"]>;
  /** Where the level is written besides `header`. */
  readonly writeTo?: { readonly tracestate: string };
  /** Whether the slot table holds requests of the default level too. */
  readonly storeDefault: boolean;
  /** Absent: the filter's own choice. */
  readonly slotSets?: number;
  /** Highest first. */
  readonly levels: readonly Level[];
  readonly defaultLevel: string;
  /** Of the mesh's pods: a marked connection has to be of one of them. */
  readonly addressFamilies: readonly AddressFamily[];
  /** Levels with clusters of their own wherever a Service's route is the mesh's default one, highest first. */
  readonly ownClusters: readonly string[];
  /** Hosts whose default routes are unlike the others and choose by nothing of ours: the shared route must not take their requests. */
  readonly apart: readonly ApartHost[];
  /** By host: levels with pods of their own, highest first. Their routes choose one by one. */
  readonly dedicated: Readonly<Record<string, readonly string[]>>;
  /** What a default route says besides its cluster, as istiod writes it; absent: what Istio's default is. */
  readonly defaultRoute?: DefaultRoute;
  /** Namespaces whose sidecars are ours to configure, sorted by name. */
  readonly enrolments: readonly Enrolment[];
  /** Gateways that classify or choose by level, sorted by namespace and name. */
  readonly gateways: readonly GatewayWorkload[];
  /** Where the subsets of the levels are declared, sorted by namespace and host. */
  readonly subsetRules: readonly SubsetRule[];
  /** Active links only. */
  readonly links: readonly Link[];
};

/** For proxies that no istiod tells of the mesh. */
export type EnvoyPlan = Plan & {
  /** Every TCP port of every Service, sorted. */
  readonly hosts: readonly Host[];
  readonly proxies: readonly MeshProxy[];
};

export type AddressFamily = "IPv4" | "IPv6";

/** `ports` absent: any. */
export type ApartHost = { readonly host: string; readonly ports?: readonly number[] };

export type Level = {
  readonly name: string;
  /** 0–63. */
  readonly dscp: number;
  /** Percent of a link kept for the level; all levels together 100. */
  readonly share: number;
};

export type Endpoint = { readonly address: string; readonly port: number };

export type Host = {
  readonly name: string;
  readonly namespace: string;
  /** name.namespace.svc.cluster.local */
  readonly host: string;
  readonly port: number;
  readonly clusterIP?: string;
  /** The port meant by a URL that names none. */
  readonly isDefaultPort: boolean;
  readonly endpoints: readonly Endpoint[];
  /** Ready pods labelled with a level; a level without any is absent. */
  readonly dedicated: Readonly<Record<string, readonly Endpoint[]>>;
};

/** Which level a request gets where it enters, and whose level header is believed. */
export type Classification = {
  readonly trust: "Never" | "Mesh" | "Always";
  readonly rules: readonly Rule[];
  readonly defaultLevel?: string;
};

/** `policy`: the PriorityPolicy that has it, namespace/name; empty: none, it only keeps a host from the rules of others. */
export type Rule = PolicyRule & { readonly policy: string };

export type MeshProxy = Sidecar | GatewayProxy;

export type Sidecar = {
  readonly role: "sidecar";
  readonly pod: string;
  readonly namespace: string;
  /** Container ports, sorted. */
  readonly ports: readonly number[];
  readonly classification: Classification;
};

export type GatewayProxy = {
  readonly role: "gateway";
  readonly pod: string;
  readonly namespace: string;
  readonly listeners: readonly GatewayListener[];
  readonly classification: Classification;
};

export type GatewayListener = { readonly port: number; readonly virtualHosts: readonly VirtualHost[] };

/** `routes`: most specific first. */
export type VirtualHost = { readonly domain: string; readonly routes: readonly Route[] };

export type Route = {
  readonly path: { readonly type: "Exact" | "PathPrefix"; readonly value: string };
  /** A `Host` of the plan, by its host and port. */
  readonly backend: { readonly host: string; readonly port: number };
};

export type Link = {
  readonly name: string;
  /** The pod whose link it is; absent: the uplink of each node that has the labels. */
  readonly pod?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Absent: the device of the default route. */
  readonly device?: string;
  /** bit/s */
  readonly rate: number;
  readonly force: boolean;
  /** Addresses of dedicated replicas by level: what is sent there is of that level, mark or not. */
  readonly dedicated: Readonly<Record<string, readonly string[]>>;
};

/** A namespace that holds a policy or carries the label `expedite.dev/enrolled`. */
export type Enrolment = {
  readonly namespace: string;
  /** Of its sidecars, unless `exceptions` says otherwise. */
  readonly classification: Classification;
  /** Workloads with a classification of their own; without one: opted out. */
  readonly exceptions: readonly WorkloadException[];
  /** Ports at which one route for all Services chooses by level, sorted; none of these has a choice of its own. */
  readonly plainPorts: readonly number[];
  /** The routes that its sidecars choose by level one by one. */
  readonly choices: readonly RouteChoice[];
  /** Names of the pods that want nothing of ours. */
  readonly optedOut: readonly string[];
};

export type WorkloadException = {
  /** Labels of its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly classification?: Classification;
};

export type GatewayWorkload = {
  readonly name: string;
  readonly namespace: string;
  /** Labels of its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly classification: Classification;
  readonly choices: readonly RouteChoice[];
};

/** Routes that choose their cluster by level: all of a virtual host, or the one that is named. */
export type RouteChoice = {
  /** Host and port of a Service; at a gateway that to which the route leads. */
  readonly virtualHost: { readonly host: string; readonly port: number };
  /** A gateway of Istio's own API: only in the virtual host of this domain, as its routes' names are each VirtualService's own. */
  readonly domain?: string;
  /** Absent: every route of the virtual host leads to `destination`. */
  readonly route?: string;
  /** Where the routes lead without us. */
  readonly destination: Destination;
};

export type Destination = {
  readonly host: string;
  readonly port: number;
  /** The user's own. */
  readonly subset?: string;
  /** Levels with connections of their own to it, highest first; the others take the destination's. */
  readonly levels: readonly string[];
};

/** Subsets of levels for a host, beside the user's own rule where there is one: same host, namespace and exportTo. */
export type SubsetRule = {
  readonly host: string;
  readonly namespace: string;
  readonly exportTo: readonly string[];
  readonly subsets: readonly LevelSubset[];
};

export type LevelSubset = {
  readonly level: string;
  /** The user's subset that it is a part of. */
  readonly subset?: string;
  /** Of the level's own pods: only routes that choose one by one lead there. Without it the subset means the same whoever has such pods. */
  readonly isDedicated?: true;
  /** Of its pods; empty: all of the host's. */
  readonly labels: Readonly<Record<string, string>>;
};
