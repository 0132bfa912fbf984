// Reads a bootstrap, or a proxy's config_dump with its endpoints, into one shape: what serves requests, and where they can go.

export interface HttpFilter {
  readonly name: string;
  readonly typed_config?: TypedConfig;
}

export interface TypedConfig {
  readonly "@type": string;
  readonly [field: string]: unknown;
}

/** The fields that are read here, as Envoy spells them. */
export interface RouteConfiguration {
  readonly name: string;
  readonly virtual_hosts?: readonly VirtualHost[];
  readonly ignore_port_in_host_matching?: boolean;
  readonly cluster_specifier_plugins?: readonly { readonly extension: SpecifierExtension }[];
  readonly response_headers_to_add?: readonly unknown[];
}
export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes?: readonly Route[];
}
export interface Route {
  readonly name?: string;
  readonly match: Readonly<Record<string, unknown>>;
  readonly metadata?: { readonly filter_metadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly route?: {
    readonly cluster?: string;
    readonly cluster_specifier_plugin?: string;
    readonly inline_cluster_specifier_plugin?: { readonly extension: SpecifierExtension };
    readonly timeout?: string;
    readonly retry_policy?: unknown;
  };
}
export interface SpecifierExtension {
  readonly name: string;
  readonly typed_config: TypedConfig;
}

/** An HTTP connection manager. */
export interface HttpServer {
  readonly listener: string;
  readonly direction: string;
  readonly filters: readonly HttpFilter[];
  readonly routes: RouteConfiguration | undefined;
  /** Headers that are removed before any filter sees them. */
  readonly removed: readonly string[];
}

export interface Cluster {
  readonly name: string;
  /** Of an aggregate: the names of its members, in order. */
  readonly members?: readonly string[];
  /** `address:port`, sorted. */
  readonly endpoints: readonly string[];
  /** DSCP of its connections, from their socket options; 0 without one, and two values if the options disagree. */
  readonly dscp: readonly number[];
}

export interface ProxyConfiguration {
  readonly servers: readonly HttpServer[];
  readonly clusters: ReadonlyMap<string, Cluster>;
}

interface Listener {
  readonly name?: string;
  readonly traffic_direction?: string;
  readonly filter_chains?: readonly Chain[];
  readonly default_filter_chain?: Chain;
}
interface Chain {
  readonly filters?: readonly HttpFilter[];
}
interface Manager extends TypedConfig {
  readonly http_filters?: readonly HttpFilter[];
  readonly route_config?: RouteConfiguration;
  readonly rds?: { readonly route_config_name: string };
  readonly early_header_mutation_extensions?: readonly {
    readonly typed_config: { readonly mutations?: readonly { readonly remove?: string }[] };
  }[];
}
interface RawCluster {
  readonly name: string;
  readonly cluster_type?: { readonly typed_config?: { readonly clusters?: readonly string[] } };
  readonly eds_cluster_config?: { readonly service_name?: string };
  readonly load_assignment?: Assignment;
  readonly upstream_bind_config?: {
    readonly socket_options?: readonly SocketOption[];
    readonly extra_source_addresses?: readonly {
      readonly socket_options?: { readonly socket_options?: readonly SocketOption[] };
    }[];
  };
}
interface SocketOption {
  readonly level?: string | number;
  readonly name?: string | number;
  readonly int_value?: string | number;
}
interface Assignment {
  readonly cluster_name?: string;
  readonly endpoints?: readonly {
    readonly lb_endpoints?: readonly {
      readonly endpoint?: {
        readonly address?: {
          readonly socket_address?: { readonly address: string; readonly port_value: number };
          /** The target of an ambient mesh's tunnel. */
          readonly envoy_internal_address?: unknown;
        };
      };
    }[];
  }[];
}

export interface Bootstrap {
  readonly static_resources: { readonly listeners?: readonly Listener[]; readonly clusters?: readonly RawCluster[] };
}

export function proxyOfBootstrap({
  static_resources: { listeners = [], clusters = [] },
}: Bootstrap): ProxyConfiguration {
  return {
    servers: listeners.flatMap((listener) => serversOf(listener, new Map(), new Map())),
    clusters: byName(clusters.map((cluster) => clusterOf(cluster, new Map()))),
  };
}

export interface ConfigDump {
  readonly configs: readonly TypedConfig[];
}

/** Reads `config_dump?include_eds`. What comes from the proxy's own bootstrap (probes, statistics) is left out. */
export function proxyOfDump({ configs }: ConfigDump): ProxyConfiguration {
  const section = (type: string): Readonly<Record<string, unknown>> =>
    configs.find((config) => config["@type"].endsWith(`.${type}`)) ?? {};
  const list = <T>(type: string, field: string): readonly T[] => (section(type)[field] ?? []) as readonly T[];
  const routes = byName(
    list<{ readonly route_config: RouteConfiguration }>("RoutesConfigDump", "dynamic_route_configs").map(
      ({ route_config }) => route_config,
    ),
  );
  const extensions = new Map(
    list<{ readonly ecds_filter: HttpFilter }>("EcdsConfigDump", "ecds_filters").map(({ ecds_filter }) => [
      ecds_filter.name,
      ecds_filter.typed_config!,
    ]),
  );
  const assignments = new Map(
    list<{ readonly endpoint_config: Assignment }>("EndpointsConfigDump", "dynamic_endpoint_configs").map(
      ({ endpoint_config }) => [endpoint_config.cluster_name ?? "", endpoint_config],
    ),
  );
  const listeners = list<{ readonly active_state?: { readonly listener: Listener } }>(
    "ListenersConfigDump",
    "dynamic_listeners",
  );
  const clusters = list<{ readonly cluster: RawCluster }>("ClustersConfigDump", "dynamic_active_clusters");
  return {
    servers: listeners.flatMap(({ active_state: state }) =>
      state === undefined ? [] : serversOf(state.listener, routes, extensions),
    ),
    clusters: byName(clusters.map(({ cluster }) => clusterOf(cluster, assignments))),
  };
}

function byName<T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.name, one]));
}

function serversOf(
  { name = "", traffic_direction = "", filter_chains = [], default_filter_chain: last }: Listener,
  routes: ReadonlyMap<string, RouteConfiguration>,
  extensions: ReadonlyMap<string, TypedConfig>,
): readonly HttpServer[] {
  const chains = [...filter_chains, ...(last === undefined ? [] : [last])];
  return chains
    .flatMap(({ filters = [] }) => filters.map(({ typed_config }) => typed_config as Manager | undefined))
    .filter((config) => config?.["@type"].endsWith(".HttpConnectionManager") === true)
    .map((config) => config!)
    .map(({ http_filters = [], route_config, rds, early_header_mutation_extensions: early = [] }) => ({
      listener: name,
      direction: traffic_direction,
      // With ECDS: what the proxy received under the name, not the default that it started with.
      filters: http_filters.map((filter) => {
        const found = extensions.get(filter.name);
        return found === undefined ? filter : { name: filter.name, typed_config: found };
      }),
      routes: route_config ?? routes.get(rds?.route_config_name ?? ""),
      removed: early.flatMap(({ typed_config }) => typed_config.mutations?.flatMap(({ remove }) => remove ?? []) ?? []),
    }));
}

function clusterOf(raw: RawCluster, assignments: ReadonlyMap<string, Assignment>): Cluster {
  const { name, cluster_type, eds_cluster_config: eds, load_assignment, upstream_bind_config: bind } = raw;
  const assignment = load_assignment ?? assignments.get(eds?.service_name ?? name);
  const members = cluster_type?.typed_config?.clusters;
  const endpoints = (assignment?.endpoints ?? []).flatMap(({ lb_endpoints = [] }) =>
    lb_endpoints.flatMap(({ endpoint }) => {
      const at = endpoint?.address?.socket_address;
      return at === undefined ? [] : [`${at.address}:${at.port_value}`];
    }),
  );
  const options = [
    ...(bind?.socket_options ?? []),
    ...(bind?.extra_source_addresses ?? []).flatMap((extra) => extra.socket_options?.socket_options ?? []),
  ];
  const marks = options.filter(isMark).map(({ int_value = 0 }) => Number(int_value) >> 2);
  return {
    name,
    ...(members === undefined ? {} : { members }),
    endpoints: endpoints.sort(),
    dscp: marks.length === 0 ? [0] : [...new Set(marks)].sort(),
  };
}

/** IP_TOS and IPV6_TCLASS on Linux. Proto3's JSON omits zeros and writes 64-bit integers as strings. */
function isMark({ level = 0, name }: SocketOption): boolean {
  return (Number(level) === 0 && Number(name) === 1) || (Number(level) === 41 && Number(name) === 67);
}
