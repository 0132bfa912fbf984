// One Envoy with two workers whose outbound listener has users' routes, shared routes in front of them, and the filter. Clusters and the
// filter's route list come from files, so that a test can exchange them while requests run.
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultVariant } from "@expedite/filter/config/level-cluster.ts";
import { pluginConfiguration, type RouteList, routeIdentity } from "@expedite/filter/config/route-list.ts";
import { readStats } from "../../envoy/admin.ts";
import { bootstrap, type Cluster, clustersFile, filterFile, filterText, type Listener } from "../../envoy/bootstrap.ts";
import { closeClient } from "../../envoy/client.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { lookUp, sharedRoute, specifier } from "../../envoy/shared-routes.ts";
import { limitOf } from "../../process/limit.ts";

export type Json = Readonly<Record<string, unknown>>;

export const batch = { "x-request-priority": "batch" };
export const ports = { outbound: 15001, bare: 15002, gateway: 15003 } as const;

/** The value that istiod writes into the metadata of a VirtualService's routes. */
const virtualService = "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/reviews";
export const clusterOf = (name: string, subset = ""): string => `outbound|80|${subset}|${name}.shop.svc.cluster.local`;

export const plain = "00000000000000aa";
export const retrying = "00000000000000bb";
export const retries: Json = {
  timeout: "0s",
  retry_policy: { retry_on: "5xx", num_retries: 2, retry_back_off: { base_interval: "0.001s" } },
};

/** The shared routes of these tests. */
const variants: Readonly<Record<string, Json>> = {
  [defaultVariant]: { timeout: "0s" },
  [plain]: { timeout: "0s" },
  [retrying]: retries,
};

/** A route as istiod makes it of a VirtualService; it matches requests with the header `x-<name>`. */
export function userRoute(name: string, action: Json, more: Json = {}): Json {
  return {
    name,
    match: { prefix: "/", headers: [{ name: `x-${name}`, present_match: true }] },
    metadata: { filter_metadata: { istio: { config: virtualService } } },
    route: { timeout: "0s", ...action },
    ...more,
  };
}

export const listOf = (names: Readonly<Record<string, readonly string[]>>, ...excludedHosts: string[]): RouteList => ({
  variants: Object.entries(names).map(([name, routes]) => ({
    name,
    routes: routes.map((route) => routeIdentity(virtualService, route)),
  })),
  excludedHosts,
});

export interface ProxyOptions {
  /** Routes of users and of istiod, behind the shared routes. */
  readonly routes: readonly Json[];
  readonly clusters: readonly Cluster[];
  readonly list?: RouteList;
  /** Filters before and after Expedite's, on each listener. */
  readonly before?: readonly Json[];
  readonly behind?: readonly Json[];
  readonly connectionManager?: Json;
  /** Listeners that act as upstreams. */
  readonly upstreams?: readonly Listener[];
  /** Additional shared routes, by variant. */
  readonly variants?: Readonly<Record<string, Json>>;
}

const config = (role: "outbound" | "gateway"): string =>
  filterText({ role, levelClusters: ["batch"], clusterDomain: "cluster.local" });

const updates = "^(cluster_manager\\.cds|extension_config_discovery\\..*)\\.update_(success|rejected)$";

export class LevelProxy {
  readonly envoy: Envoy;
  readonly #folder: string;
  #version = 0;

  private constructor(envoy: Envoy, folder: string) {
    this.envoy = envoy;
    this.#folder = folder;
  }

  static async start(options: ProxyOptions): Promise<LevelProxy> {
    const folder = mkdtempSync(join(tmpdir(), "level-clusters-"));
    const file = (name: string): string => join(folder, name);
    writeFileSync(file("clusters"), JSON.stringify(clustersFile(0, options.clusters)));
    writeFileSync(file("filter"), JSON.stringify(filterFile(0, pluginConfiguration(config("outbound"), options.list))));
    const shared = Object.entries({ ...variants, ...options.variants }).map(([name, action]) =>
      sharedRoute(name, action),
    );
    const { before = [], behind = [], connectionManager = {}, routes } = options;
    const common = {
      behind,
      connectionManager,
      routes: [...shared, ...routes],
      // As with RDS: clusters come and go.
      routeConfiguration: { ...specifier, validate_clusters: false },
    };
    const gateway = pluginConfiguration(config("gateway"), options.list);
    const listeners: Listener[] = [
      { ...common, name: "outbound", port: ports.outbound, before: [...before, lookUp], filterFile: file("filter") },
      { ...common, name: "bare", port: ports.bare, before },
      { ...common, name: "gateway", port: ports.gateway, before: [...before, lookUp], filter: gateway },
      ...(options.upstreams ?? []),
    ];
    const envoy = await startEnvoy({
      bootstrap: {
        ...bootstrap(listeners),
        dynamic_resources: { cds_config: { path_config_source: { path: file("clusters") } } },
      },
      concurrency: 2,
    });
    return new LevelProxy(envoy, folder);
  }

  async setClusters(clusters: readonly Cluster[]): Promise<void> {
    await this.#push("clusters", (version) => clustersFile(version, clusters));
  }

  /** @returns whether Envoy accepted it. `text` replaces the list after the configuration's first line */
  setList(list: RouteList | undefined, text?: string): Promise<boolean> {
    const configuration =
      text === undefined ? pluginConfiguration(config("outbound"), list) : `${config("outbound")}\n${text}`;
    return this.#push("filter", (version) => filterFile(version, configuration));
  }

  /** Envoy reads a file when another one is moved into its place. */
  async #push(name: string, contents: (version: number) => Json): Promise<boolean> {
    const before = await readStats(this.envoy.admin, updates);
    this.#version += 1;
    writeFileSync(join(this.#folder, "draft"), JSON.stringify(contents(this.#version)));
    renameSync(join(this.#folder, "draft"), join(this.#folder, name));
    for (const deadline = Date.now() + limitOf(10) * 1000; Date.now() < deadline; await sleep(10)) {
      const now = await readStats(this.envoy.admin, updates);
      const changed = [...now].filter(([stat, value]) => value > (before.get(stat) ?? 0));
      if (changed.length > 0) return changed.every(([stat]) => stat.endsWith("success"));
    }
    throw new Error(`no answer to a push:\n${this.envoy.log().split("\n").slice(-10).join("\n")}`);
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    closeClient();
  }
}

/** A listener that answers with its name and with what it saw of the request. */
export function upstream(name: string, port: number): Listener {
  const add = (key: string, value: string): Json => ({ header: { key, value } });
  return {
    name,
    port,
    routes: [
      {
        match: { prefix: "/" },
        direct_response: { status: 200, body: { inline_string: "ok" } },
        response_headers_to_add: [
          add("x-upstream", name),
          ...["x-expedite-cluster", ":path", "x-added"].map((header) =>
            add(`x-saw-${header.replace(":", "")}`, `%REQ(${header})%`),
          ),
        ],
      },
    ],
  };
}
