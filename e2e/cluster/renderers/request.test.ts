// Where a request goes in handwritten configurations: both ways in which a proxy can choose by level, and their fallbacks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pluginConfiguration, type RouteList } from "@expedite/filter/config/route-list.ts";
import { type Bootstrap, proxyOfBootstrap, proxyOfDump, type Route } from "./proxy.ts";
import { outcomeOf, type Request } from "./request.ts";

const original = "outbound|80||a.shop.svc.cluster.local";
const own = "outbound|80|expedite-batch|a.shop.svc.cluster.local";
const aggregate = "expedite|batch|80|a.shop.svc.cluster.local";

const type = (name: string): { readonly "@type": string } => ({ "@type": `type.googleapis.com/envoy.${name}` });
const action = (cluster: string) => ({
  action: { name: "cluster", typed_config: { ...type("ClusterAction"), cluster } },
});

const byMatcher: Route = {
  match: { prefix: "/" },
  route: {
    timeout: "3s",
    inline_cluster_specifier_plugin: {
      extension: {
        name: "expedite",
        typed_config: {
          ...type("MatcherClusterSpecifier"),
          cluster_matcher: {
            matcher_tree: {
              input: { typed_config: { header_name: "x-request-priority" } },
              exact_match_map: { map: { batch: action(aggregate) } },
            },
            on_no_match: action(original),
          },
        },
      },
    },
  },
};
/** A shared route in front of others, as the control plane writes it. */
const shared = (variant: string, timeout: string): Route => ({
  match: {
    headers: [
      { name: "x-expedite-cluster", string_match: { prefix: "outbound|" } },
      { name: "x-expedite-cluster", string_match: { contains: " outbound|" } },
    ],
    filter_state: [{ key: "wasm.expedite.cluster", string_match: { exact: variant } }],
    prefix: "/",
  },
  route: { cluster_specifier_plugin: "expedite", timeout },
});
const byFilter: readonly Route[] = [
  shared("default", "3s"),
  { name: "default", match: { prefix: "/" }, route: { cluster: original, timeout: "3s" } },
];
const script = `function envoy_on_route(route)
  if route:getCluster("expedite" .. level) then return "expedite" .. level end
  if route:getCluster("outbound" .. level) then return "outbound" .. level end
  return named:match(" (outbound|[^ ,]+)") or ""
end
`;

const fixed = (name: string, address: string, dscp?: number) => ({
  name,
  load_assignment: {
    endpoints: [
      {
        lb_endpoints:
          address === "" ? [] : [{ endpoint: { address: { socket_address: { address, port_value: 80 } } } }],
      },
    ],
  },
  ...(dscp === undefined
    ? {}
    : { upstream_bind_config: { socket_options: [{ level: 0, name: 1, int_value: dscp << 2 }] } }),
});
const fallThrough = {
  name: aggregate,
  cluster_type: { typed_config: { ...type("ClusterConfig"), clusters: [own, original] } },
};

interface Shape {
  readonly routes: readonly Route[];
  readonly clusters: readonly { readonly name: string }[];
  readonly levelClusters?: readonly string[];
  readonly list?: RouteList;
  readonly domains?: readonly string[];
  readonly ignoresPort?: boolean;
}

const noRoutes: RouteList = { variants: [], excludedHosts: [] };

function bootstrap(shape: Shape): Bootstrap {
  const { routes, clusters, levelClusters, list = noRoutes, domains = ["a.shop"], ignoresPort = false } = shape;
  const levels = levelClusters ? { levelClusters, clusterDomain: "cluster.local" } : {};
  const line = JSON.stringify({ role: "outbound", ...levels });
  const configuration = { value: pluginConfiguration(line, levelClusters ? list : undefined) };
  const manager = {
    ...type("HttpConnectionManager"),
    http_filters: [
      {
        name: "expedite",
        typed_config: { ...type("Wasm"), config: { vm_config: { vm_id: "expedite" }, configuration } },
      },
      { name: "router" },
    ],
    route_config: {
      name: "outbound",
      ignore_port_in_host_matching: ignoresPort,
      virtual_hosts: [{ name: "a", domains, routes }],
      cluster_specifier_plugins: [
        {
          extension: {
            name: "expedite",
            typed_config: { ...type("LuaConfig"), source_code: { inline_string: script } },
          },
        },
      ],
    },
  };
  const chains = [{ filters: [{ name: "http", typed_config: manager }] }];
  return { static_resources: { listeners: [{ name: "out", filter_chains: chains }], clusters } };
}

const plain = { authority: "a.shop", path: "/", header: "x-request-priority" };

function outcome(shape: Shape, request: Partial<Request> = {}) {
  const proxy = proxyOfBootstrap(bootstrap(shape));
  return outcomeOf(proxy, proxy.servers[0]!, { ...plain, ...request });
}

const all = [fixed(original, "10.0.0.1"), fixed(own, "10.0.0.1", 8), fallThrough];
const marked = { cluster: own, endpoints: ["10.0.0.1:80"], dscp: [8], timeout: "3s" };
const unmarked = { cluster: original, endpoints: ["10.0.0.1:80"], dscp: [0], fallsTo: [], timeout: "3s" };

test("the matcher and an aggregate: a level takes its connections, other requests the Service's", () => {
  const shape = { routes: [byMatcher], clusters: all };
  assert.deepEqual(outcome(shape, { level: "batch" }), { ...marked, fallsTo: [original] });
  assert.deepEqual(outcome(shape, { level: "interactive" }), unmarked);
  assert.deepEqual(outcome(shape), unmarked);
});

test("the filter and a shared route: the same, if the filter asks for it", () => {
  const shape = { routes: byFilter, clusters: [fixed(original, "10.0.0.1"), fixed(own, "10.0.0.1", 8)] };
  const levelClusters = ["batch"];
  assert.deepEqual(outcome({ ...shape, levelClusters }, { level: "batch" }), { ...marked, fallsTo: [] });
  assert.deepEqual(outcome({ ...shape, levelClusters }, { level: "interactive" }), unmarked);
  assert.deepEqual(outcome(shape, { level: "batch" }), unmarked);
});

test("dedicated pods: the aggregate with the level's name comes before the level's cluster", () => {
  const name = own.replace("outbound", "expedite");
  const aggregate = { ...fallThrough, name };
  const shape = { routes: byFilter, clusters: [...all, aggregate], levelClusters: ["batch"] };
  assert.deepEqual(outcome(shape, { level: "batch" }), { ...marked, fallsTo: [original] });
});

test("a missing or empty level cluster: the request takes the Service's cluster", () => {
  const missing = [fixed(original, "10.0.0.1"), fallThrough];
  assert.deepEqual(outcome({ routes: [byMatcher], clusters: missing }, { level: "batch" }), unmarked);
  const empty = [...missing, fixed(own, "", 8)];
  assert.deepEqual(outcome({ routes: [byMatcher], clusters: empty }, { level: "batch" }), unmarked);
  const byName = { routes: byFilter, clusters: missing, levelClusters: ["batch"] };
  assert.deepEqual(outcome(byName, { level: "batch" }), unmarked);
});

const users: Route = {
  name: "all",
  match: { prefix: "/" },
  route: { cluster: "outbound|80|v2|a.shop.svc.cluster.local", timeout: "5s" },
  metadata: { filter_metadata: { istio: { config: "/apis/x" } } },
};

test("a user's route on the list: the request takes the level's part of its subset, by the shared route of its variant", () => {
  const level = "outbound|80|expedite-batch--v2|a.shop.svc.cluster.local";
  const clusters = [...all, fixed(users.route!.cluster!, "10.0.0.2"), fixed(level, "10.0.0.2", 8)];
  const variants = [{ name: "0123456789abcdef", routes: ["/apis/x all"] }];
  const routes = [byFilter[0]!, shared("0123456789abcdef", "5s"), users];
  const shape = { routes, clusters, levelClusters: ["batch"] };
  const listed = { ...shape, list: { ...noRoutes, variants } };
  const at = { endpoints: ["10.0.0.2:80"], fallsTo: [], timeout: "5s" };
  assert.deepEqual(outcome(listed, { level: "batch" }), { ...at, cluster: level, dscp: [8] });
  assert.deepEqual(outcome(shape, { level: "batch" }), { ...at, cluster: users.route!.cluster, dscp: [0] });
});

test("the filter leaves routes alone that are not on the list", () => {
  const plainOf = byFilter[1]!;
  const config = { metadata: { filter_metadata: { istio: { config: "/apis/x" } } } };
  for (const one of [
    { ...plainOf, ...config },
    { ...plainOf, name: "mine" },
  ]) {
    const shape = { routes: [byFilter[0]!, one], clusters: all, levelClusters: ["batch"] };
    assert.deepEqual(outcome(shape, { level: "batch" }), unmarked);
  }
  const excluded = { ...noRoutes, excludedHosts: ["a.shop.svc.cluster.local"] };
  const shape = { routes: byFilter, clusters: all, levelClusters: ["batch"], list: excluded };
  assert.deepEqual(outcome(shape, { level: "batch" }), unmarked);
});

test("the same virtual host as in Envoy, and the first route that matches", () => {
  const routes: readonly Route[] = [
    { match: { path: "/x" }, route: { cluster: own } },
    { match: { path_separated_prefix: "/y" }, route: { cluster: own } },
    { match: { prefix: "/" }, route: { cluster: original } },
  ];
  const shape = { routes, clusters: all, domains: ["*.shop"] };
  const taken = ["/x?a=1", "/xx", "/y", "/y/z", "/yy"].map((path) => outcome(shape, { path }).cluster === own);
  assert.deepEqual(taken, [true, false, true, true, false]);
  assert.throws(() => outcome(shape, { authority: "a.shop:80" }), /no virtual host for a\.shop:80/);
  assert.equal(outcome({ ...shape, ignoresPort: true }, { authority: "a.shop:80" }).cluster, original);
  assert.throws(() => outcome(shape, { authority: "a.other" }), /no virtual host for a\.other/);
});

test("a configuration that is not understood is an error, never a guess", () => {
  const byRegex = { match: { safe_regex: {} }, route: { cluster: original } };
  assert.throws(() => outcome({ routes: [byRegex], clusters: all }), /match by safe_regex is not supported here/);
  const byHeader = { match: { prefix: "/", headers: [{ name: "x-user" }] }, route: { cluster: original } };
  assert.throws(() => outcome({ routes: [byHeader], clusters: all }), /match by x-user is not supported here/);
  const weighted = { match: { prefix: "/" }, route: { weighted_clusters: {} } } as Route;
  assert.throws(() => outcome({ routes: [weighted], clusters: all }), /weighted_clusters is not supported here/);
});

test("a dump: routes, filters and endpoints are found by name, and integers may be strings", () => {
  const manager = {
    ...type("HttpConnectionManager"),
    http_filters: [{ name: "expedite-outbound", config_discovery: {} }, { name: "router" }],
    rds: { route_config_name: "80" },
  };
  const proxy = proxyOfDump({
    configs: [
      {
        ...type("ListenersConfigDump"),
        dynamic_listeners: [
          {
            active_state: {
              listener: { name: "0.0.0.0_80", filter_chains: [{ filters: [{ typed_config: manager }] }] },
            },
          },
        ],
      },
      {
        ...type("RoutesConfigDump"),
        dynamic_route_configs: [
          { route_config: { name: "80", virtual_hosts: [{ name: "a", domains: ["*"], routes: [byFilter[1]] }] } },
        ],
      },
      {
        ...type("ClustersConfigDump"),
        dynamic_active_clusters: [
          {
            cluster: {
              name: original,
              eds_cluster_config: { service_name: original },
              upstream_bind_config: { socket_options: [{ name: "1", int_value: "40" }] },
            },
          },
        ],
      },
      {
        ...type("EndpointsConfigDump"),
        dynamic_endpoint_configs: [
          { endpoint_config: { ...fixed("", "10.0.0.9").load_assignment, cluster_name: original } },
        ],
      },
      {
        ...type("EcdsConfigDump"),
        ecds_filters: [{ ecds_filter: { name: "expedite-outbound", typed_config: type("Wasm") } }],
      },
    ],
  });
  assert.deepEqual(proxy.servers[0]?.filters[0]?.typed_config, type("Wasm"));
  const found = outcomeOf(proxy, proxy.servers[0]!, { ...plain, authority: "any" });
  assert.deepEqual([found.endpoints, found.dscp], [["10.0.0.9:80"], [10]]);
});
