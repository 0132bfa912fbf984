// Defines what the mesh should do, independently of any system's syntax: the model between translate and the renderers. Types only.
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import type { PolicyRule } from "../api/priority-policy.ts";
import type { Retries } from "./mesh-config.ts";

export type Plan = {
  /** Disabled: the proxies have no filter, no level clusters and no shared routes. Observe: they have the filter only. */
  readonly mode: "Disabled" | "Observe" | "Enforce";
  readonly header: string;
  readonly correlateBy: readonly string[];
  /** Other headers from which a level is read if `header` has none, in the order in which they are tried. */
  readonly readFrom?: NonNullable<PriorityLadder["spec"]["readFrom"]>;
  /** Another header to which the level is written too. */
  readonly writeTo?: { readonly tracestate: string };
  /** Whether requests of the default level carry the header too, because something inside the mesh needs the difference. */
  readonly writeDefault: boolean;
  /** Calls inherit how long the caller of their cause waits, and with Enforce they end then. If absent, they do not. */
  readonly deadlines?: "Carry" | "Enforce";
  /** If absent, the filter chooses. */
  readonly slotSets?: number;
  /** Highest first. */
  readonly levels: readonly Level[];
  readonly defaultLevel: string;
  /** The families of the pods' addresses: a marked connection must belong to one of them. */
  readonly addressFamilies: readonly AddressFamily[];
  /** The levels that have clusters of their own, highest first. */
  readonly levelClusters: readonly string[];
  /** Trust domains of the mesh's SPIFFE identities: its own first, then its aliases. */
  readonly trustDomains: readonly string[];
  /** The host of a Service ends in `.svc.` and this domain. */
  readonly clusterDomain: string;
  /** The retries of a route that specifies none; if absent, Istio's default. */
  readonly defaultRetries?: Retries;
  /** Hosts of Services whose default routes differ from the others (they hash, or keep sessions), sorted. Their requests keep the connections of the Service. */
  readonly excludedHosts: readonly string[];
  /** Namespaces whose sidecars Expedite configures, sorted by name. */
  readonly enrolments: readonly Enrolment[];
  /** Gateways that classify requests or route them by level, sorted by namespace and name. */
  readonly gateways: readonly GatewayWorkload[];
  /** The rules that declare the subsets of the levels, sorted by namespace and host. */
  readonly subsetRules: readonly SubsetRule[];
  /** Active links only. */
  readonly links: readonly Link[];
};

/** A plan for proxies without istiod, which need to know the mesh. */
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
  /** The percentage of a link that is kept for the level. All levels together have 100. */
  readonly share: number;
};

export type Endpoint = {
  readonly address: string;
  readonly port: number;
  /** Addresses of the same pod in the other family, which are tried if the first does not answer. */
  readonly otherAddresses?: readonly string[];
};

export type Host = {
  readonly name: string;
  readonly namespace: string;
  /** `name.namespace.svc.` and the cluster domain. */
  readonly host: string;
  readonly port: number;
  readonly clusterIP?: string;
  /** Those of the other family. */
  readonly otherClusterIPs?: readonly string[];
  /** Whether it is the port of a URL without a port. */
  readonly isDefaultPort: boolean;
  readonly endpoints: readonly Endpoint[];
  /** Ready pods that are labelled with a level. A level without such pods is absent. */
  readonly dedicated: Readonly<Record<string, readonly Endpoint[]>>;
};

/** Which level a request gets on entry, and whose level header is trusted. */
export type Classification = {
  readonly trust: "Never" | "Mesh" | "Always";
  readonly rules: readonly Rule[];
  readonly defaultLevel?: string;
};

/** `policy`: namespace/name of the PriorityPolicy with the rule. If it is empty, the rule only keeps a host from the rules of others. */
export type Rule = PolicyRule & { readonly policy: string };

export type MeshProxy = Sidecar | GatewayProxy;

type ProxyOfPod = {
  readonly pod: string;
  readonly namespace: string;
  /** The pod has an IPv6 address, so it may also receive connections there. */
  readonly hasIPv6?: true;
};

export type Sidecar = ProxyOfPod & {
  readonly role: "sidecar";
  /** Container ports, sorted. */
  readonly ports: readonly number[];
  readonly classification: Classification;
  readonly queue?: QueueSettings;
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
  /** The pod that the link belongs to. If absent, the link is the uplink of each node with the labels of `nodeSelector`. */
  readonly pod?: string;
  readonly namespace?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** If absent, the device of the default route. */
  readonly device?: string;
  /** bit/s */
  readonly rate: number;
  readonly force: boolean;
  /** Whether packets of tunnels get the class and the DSCP of the packet that they carry. Only for a node's uplink. */
  readonly markTunnels: boolean;
  /** Addresses of dedicated replicas, by level: traffic to them has that level, marked or not. */
  readonly dedicated: Readonly<Record<string, readonly string[]>>;
};

/** A namespace that has a policy or the label `expedite.dev/enrolled`. */
export type Enrolment = {
  readonly namespace: string;
  /** The classification at its sidecars, unless `exceptions` says otherwise. */
  readonly classification: Classification;
  /** Workloads with a classification of their own. A workload here without a classification has opted out. */
  readonly exceptions: readonly WorkloadException[];
  /** How its sidecars route requests of levels that have clusters of their own. */
  readonly routing: Routing;
  /** Names of the pods that opted out. */
  readonly optedOut: readonly string[];
};

/** How many requests the application works on at once, and what becomes of the others: the filter's configuration of it. */
export type QueueSettings = NonNullable<FilterConfig["queue"]>;

export type WorkloadException = {
  /** The labels that select its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly classification?: Classification;
  /** How requests wait at these workloads. Without it, none does. */
  readonly queue?: QueueSettings;
  /** The name of the RequestQueue that says so. */
  readonly queueName?: string;
};

export type GatewayWorkload = {
  readonly name: string;
  readonly namespace: string;
  /** Labels of its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly classification: Classification;
  readonly routing: Routing;
};

/** How requests reach the clusters of their level, without changes to users' routes. */
export type Routing = {
  /** The ports of the virtual hosts that get shared routes, sorted: those that Services declare as HTTP; at a gateway, all. */
  readonly ports: readonly number[];
  /** Ports whose protocol Istio detects: there, each Service has virtual hosts of its own. */
  readonly sniffed: readonly HostPort[];
  /** Users' routes that a shared route can replace. Services' default routes need no variant. */
  readonly variants: readonly RouteVariant[];
  /** Destinations with pods dedicated to a level. */
  readonly dedicated: readonly Destination[];
};

type HostPort = { readonly host: string; readonly port: number };

/** Everything that all these routes do besides matching requests and choosing a destination. */
export type RouteVariant = RouteAction & {
  /** The identities of the routes (filter/config/route-list.ts), sorted. */
  readonly routes: readonly string[];
};

export type RouteAction = {
  /** JSON of a protobuf Duration, e.g. "1.5s". If absent, there is none. */
  readonly timeout?: string;
  /** If absent, those of the mesh. */
  readonly retries?: Retries;
  readonly rewrite?: Rewrite;
  /** Requests whose cluster is missing are answered with 500, as the Gateway API demands, instead of 503. */
  readonly isOfGatewayApi?: true;
};

export type Rewrite = {
  readonly authority?: string;
  readonly regex?: { readonly pattern: string; readonly substitution: string };
  /** `by` replaces the prefix or path that the route matches, only in the virtual hosts of these hosts, sorted. */
  readonly prefix?: { readonly by: string; readonly match: PathMatch; readonly hosts: readonly string[] };
};

/** `PathPrefix` compares whole segments (Gateway API), `Prefix` characters (Istio). */
export type PathMatch = {
  readonly type: "Exact" | "PathPrefix" | "Prefix";
  readonly value: string;
  readonly ignoresCase?: true;
};

export type Destination = HostPort & {
  /** The user's subset. */
  readonly subset?: string;
  /** The levels with dedicated pods, highest first. */
  readonly levels: readonly string[];
};

/** The levels' subsets for a host. If a user has a rule for the host, this one has the same host, namespace and exportTo. */
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
  /**
   * The subset has the level's dedicated pods, and only an aggregate cluster refers to it. Other subsets are the same with and without
   * dedicated pods.
   */
  readonly isDedicated?: true;
  /** The labels that select its pods. If empty, all pods of the host. */
  readonly labels: Readonly<Record<string, string>>;
  /** The traffic policy of the user's subset, unread. */
  readonly trafficPolicy?: unknown;
};
