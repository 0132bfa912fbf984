// Measures what the mesh costs as it is, with a proxy in an enrolled namespace and one outside, from their first connection on.
import { setTimeout as sleep } from "node:timers/promises";
import type { Watcher } from "../../measure/step-progress.ts";
import { enrolledNamespace, outsideNamespace } from "../mesh/objects.ts";
import { istiodMetrics } from "../site/istiod.ts";
import { type ProxyPlace, type Sidecar, startProxy } from "../site/proxy.ts";
import type { Site } from "../site/site.ts";
import { parseExposition, type Samples, sum } from "./exposition.ts";
import { cpuSeconds, rssMegabytes } from "./process.ts";

export interface ProxyCost {
  readonly proxy: "enrolled" | "outside";
  readonly clusters: number;
  /** Envoy's server.memory_allocated and resident memory, one value for each start. */
  readonly allocatedMegabytes: readonly number[];
  readonly rssMegabytes: readonly number[];
  /** Received from istiod, from connecting until the configuration is complete. */
  readonly xdsKilobytes: number;
  /** Pushes after a Service was added: from the event until the proxy is served, as istiod measures it. */
  readonly pushMillis: readonly number[];
  readonly pushKilobytes: readonly number[];
  readonly pushIstiodCpuMillis: readonly number[];
}

const places: readonly (ProxyPlace & Pick<ProxyCost, "proxy">)[] = [
  { proxy: "enrolled", name: "xp-enrolled", namespace: enrolledNamespace(0), address: "10.210.0.21" },
  { proxy: "outside", name: "xp-outside", namespace: outsideNamespace(0), address: "10.210.0.22" },
];

/** Resolves once istiod has been idle for this long. */
export async function istiodIdle({ istiod }: Site, seconds = 2): Promise<void> {
  for (let still = 0, before = cpuSeconds(istiod.pid); still < seconds * 2; ) {
    await sleep(500);
    const now = cpuSeconds(istiod.pid);
    still = now - before < 0.05 ? still + 1 : 0;
    before = now;
  }
}

const xdsBytes = (samples: Samples): number =>
  sum(samples, "envoy_cluster_upstream_cx_rx_bytes_total", { cluster_name: "xds-grpc" });

async function look(proxy: Sidecar): Promise<Samples> {
  return parseExposition(await proxy.metrics());
}

/** Adds a Service, waits until its push is over, and removes it again. */
async function push(
  site: Site,
  proxy: Sidecar,
): Promise<readonly [millis: number, kilobytes: number, cpuMillis: number]> {
  const services = `/api/v1/namespaces/${enrolledNamespace(0)}/services`;
  const [before, bytes, cpu] = [
    parseExposition(await istiodMetrics()),
    xdsBytes(await look(proxy)),
    cpuSeconds(site.istiod.pid),
  ];
  const spec = { ports: [{ name: "http", port: 80 }] };
  await site.api.text("POST", services, { apiVersion: "v1", kind: "Service", metadata: { name: "extra" }, spec });
  await sleep(1000);
  await istiodIdle(site);
  const after = parseExposition(await istiodMetrics());
  const grown = (name: string): number => sum(after, name) - sum(before, name);
  const millis = (1000 * grown("pilot_proxy_convergence_time_sum")) / grown("pilot_proxy_convergence_time_count");
  const result = [
    millis,
    (xdsBytes(await look(proxy)) - bytes) / 1000,
    (cpuSeconds(site.istiod.pid) - cpu) * 1000,
  ] as const;
  await site.api.text("DELETE", `${services}/extra`);
  await istiodIdle(site);
  return result;
}

export interface MeshSettings {
  /** Starts of each proxy; after the last one come the pushes. */
  readonly starts: number;
  readonly pushes: number;
  readonly watcher: Watcher;
}

/** Starts a proxy, and stops it after the work. */
async function withProxy(
  site: Site,
  place: ProxyPlace,
  work: (proxy: Sidecar, samples: Samples) => Promise<void>,
): Promise<void> {
  const proxy = await startProxy(site.api, place, site.state);
  try {
    await istiodIdle(site);
    await work(proxy, await look(proxy));
  } finally {
    await proxy.stop();
  }
}

/** Measures the two proxies in turn, so that each push goes to one proxy. */
export async function measureMesh(
  site: Site,
  { starts, pushes: repeats, watcher }: MeshSettings,
): Promise<readonly ProxyCost[]> {
  const costs: ProxyCost[] = [];
  for (const place of places) {
    const memory: { readonly allocated: number; readonly rss: number }[] = [];
    for (let start = 1; start <= starts; start++) {
      watcher(`  the ${place.proxy} proxy, start ${start} of ${starts}`);
      await withProxy(site, place, async (proxy, samples) => {
        const allocated = sum(samples, "envoy_server_memory_allocated") / 1e6;
        memory.push({ allocated, rss: rssMegabytes(proxy.pid) });
        if (start < starts) return;
        const pushes: (readonly [number, number, number])[] = [];
        for (let repeat = 1; repeat <= repeats; repeat++) {
          watcher(`  the ${place.proxy} proxy, push ${repeat} of ${repeats}`);
          pushes.push(await push(site, proxy));
        }
        costs.push({
          proxy: place.proxy,
          clusters: sum(samples, "envoy_cluster_manager_active_clusters"),
          allocatedMegabytes: memory.map((one) => one.allocated),
          rssMegabytes: memory.map(({ rss }) => rss),
          xdsKilobytes: xdsBytes(samples) / 1000,
          pushMillis: pushes.map(([millis]) => millis),
          pushKilobytes: pushes.map(([, kilobytes]) => kilobytes),
          pushIstiodCpuMillis: pushes.map(([, , cpu]) => cpu),
        });
      });
    }
  }
  return costs;
}
