// What the mesh shall do, free of any system's syntax: the one model between translate and the renderers. Types only.
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PolicyRule } from "../api/priority-policy.ts";
import type { Retries } from "./mesh-config.ts";

export type Plan = {
  /** Disabled: the same proxies without filter, level clusters and route choice. Observe: with the filter only. */
  readonly mode: "Disabled" | "Observe" | "Enforce";
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
  /** Levels with clusters of their own, highest first. */
  readonly levelClusters: readonly string[];
  /** Of the SPIFFE identities of the mesh: its own first, then its aliases. */
  readonly trustDomains: readonly string[];
  /** A Service's host ends in `.svc.` and this. */
  readonly clusterDomain: string;
  /** What a route retries where it says nothing; absent: Istio's default. */
  readonly defaultRetries?: Retries;
  /** Services' hosts whose default routes are unlike the others (they hash, or keep sessions), sorted: their requests keep the Service's connections. */
  readonly excludedHosts: readonly string[];
  /** Namespaces whose sidecars Expedite configures, sorted by name. */
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

export type Level = {
  readonly name: string;
  /** 0–63. */
  readonly dscp: number;
  /** Percent of a link kept for the level; all levels together 100. */
  readonly share: number;
};

export type Endpoint = {
  readonly address: string;
  readonly port: number;
  /** The same pod's of the other family: tried when the first does not answer. */
  readonly otherAddresses?: readonly string[];
};

export type Host = {
  readonly name: string;
  readonly namespace: string;
  /** name.namespace.svc and the cluster domain */
  readonly host: string;
  readonly port: number;
  readonly clusterIP?: string;
  /** Of the other family. */
  readonly otherClusterIPs?: readonly string[];
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

type ProxyOfPod = {
  readonly pod: string;
  readonly namespace: string;
  /** The pod has an address of IPv6, to which connections may come. */
  readonly hasIPv6?: true;
};

export type Sidecar = ProxyOfPod & {
  readonly role: "sidecar";
  /** Container ports, sorted. */
  readonly ports: readonly number[];
  readonly classification: Classification;
};

export type GatewayProxy = ProxyOfPod & {
  readonly role: "gateway";
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
  /** The pod whose link it is, and its namespace; absent: the uplink of each node that has the labels. */
  readonly pod?: string;
  readonly namespace?: string;
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
  /** What its sidecars do with requests of a level that has clusters of its own. */
  readonly routing: Routing;
  /** Names of the pods that opted out. */
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
  readonly routing: Routing;
};

/** How the requests of levels with clusters of their own get there: none of a user's routes is changed for it. */
export type Routing = {
  /** Of the virtual hosts in which shared routes stand: ports that Services name HTTP, sorted; at a gateway all. */
  readonly ports: readonly number[];
  /** Ports whose protocol Istio detects: each Service has virtual hosts of its own there. */
  readonly sniffed: readonly HostPort[];
  /** Users' routes that a shared route can stand for; the default routes of Services need none. */
  readonly variants: readonly RouteVariant[];
  /** Destinations with pods of the levels' own. */
  readonly dedicated: readonly Destination[];
};

type HostPort = { readonly host: string; readonly port: number };

/** What all these routes do besides matching and choosing their destination. */
export type RouteVariant = RouteAction & {
  /** Identities of the routes (filter/config/route-list.ts), sorted. */
  readonly routes: readonly string[];
};

export type RouteAction = {
  /** Seconds, as JSON of a protobuf Duration: "1.5s"; absent: none. */
  readonly timeout?: string;
  /** Absent: as the mesh says. */
  readonly retries?: Retries;
  readonly rewrite?: Rewrite;
  /** Requests whose cluster is missing have the answer 500, as the Gateway API wants it, not 503. */
  readonly isOfGatewayApi?: true;
};

export type Rewrite = {
  readonly authority?: string;
  readonly regex?: { readonly pattern: string; readonly substitution: string };
  /** What takes the place of the prefix or path that the route matches, in the virtual hosts of these hosts only, sorted. */
  readonly prefix?: { readonly by: string; readonly match: PathMatch; readonly hosts: readonly string[] };
};

/** `PathPrefix`: of whole segments (Gateway API); `Prefix`: of characters (Istio). */
export type PathMatch = {
  readonly type: "Exact" | "PathPrefix" | "Prefix";
  readonly value: string;
  readonly ignoresCase?: true;
};

export type Destination = HostPort & {
  /** The user's own. */
  readonly subset?: string;
  /** Levels with pods of their own, highest first. */
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
  /** Of the level's own pods, which only an aggregate cluster names. Without it the subset means the same whoever has such pods. */
  readonly isDedicated?: true;
  /** Of its pods; empty: all of the host's. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of the user's subset, whatever it says. */
  readonly trafficPolicy?: unknown;
};
