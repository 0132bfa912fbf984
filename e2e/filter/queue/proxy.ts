// One Envoy whose inbound listener has a request queue, in front of an application. The filter comes from a file, so that a test can
// exchange its configuration while requests wait.
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queueRootId } from "@expedite/filter/config/queue.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { readStats } from "../../envoy/admin.ts";
import {
  bootstrap,
  discoveredFilter,
  filterModule,
  filterResource,
  filterText,
  toCluster,
} from "../../envoy/bootstrap.ts";
import { closeClient } from "../../envoy/client.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { inboundRoutes, internalListeners, queueCluster, queueFilters, queueListener } from "../../envoy/queue.ts";
import { waitUntil } from "../../process/wait.ts";

export const ports = { inbound: 15006, application: 8080 } as const;

export type Queue = NonNullable<FilterConfig["queue"]>;

const level = { maxWait: 60_000, onTimeout: "Forward", share: 500 } as const;

/** Three levels, as in the tests' ladder; by default nobody waits in vain. */
export function queueOf(limit: number, changes: Partial<Queue> = {}): Queue {
  return { limit, maxQueued: 1024, levels: [{ ...level, share: 9000 }, level, level], ...changes };
}

export interface QueueProxyOptions {
  /** Absent: the proxy has the filter alone. */
  readonly queue?: Queue;
  readonly workers: number;
  /** Path of the module. Default: filter.wasm. */
  readonly module?: string;
  /** Further fields of the filter's configuration. */
  readonly filter?: Partial<FilterConfig>;
  /** Of the inbound listener. */
  readonly transportSocket?: Json;
  /** Filters before Expedite's, and last ones. */
  readonly before?: readonly Json[];
  readonly last?: readonly Json[];
  /** The circuit breaker of the application's cluster. */
  readonly maxRequests?: number;
}

type Given = Omit<QueueProxyOptions, "workers"> & { readonly module: string };

type Json = Readonly<Record<string, unknown>>;

/** The listener with the queue's filters, and the internal one: the filter of both comes from a file (ECDS). */
function configuration(files: Files, { queue, transportSocket, before = [], last = [], maxRequests }: Given): Json {
  const filters = queue === undefined ? [] : queueFilters(Math.max(...queue.levels.map(({ maxWait }) => maxWait)));
  const inbound = {
    name: "inbound",
    port: ports.inbound,
    filterFile: files.inbound,
    before,
    behind: [...filters, ...last],
    routes: [toCluster("application")],
    routeConfiguration: inboundRoutes,
    ...(transportSocket === undefined ? {} : { transportSocket }),
    connectionManager: { upgrade_configs: [{ upgrade_type: "websocket" }] },
  };
  const application = { name: "application", port: ports.application };
  const whole = bootstrap([inbound], [{ ...application, ...(maxRequests === undefined ? {} : { maxRequests }) }]) as {
    readonly static_resources: { readonly listeners: readonly Json[]; readonly clusters: readonly Json[] };
  };
  if (queue === undefined) return whole;
  const { listeners, clusters } = whole.static_resources;
  return {
    ...whole,
    ...internalListeners,
    static_resources: {
      listeners: [...listeners, queueListener(discoveredFilter(files.place))],
      clusters: [...clusters, queueCluster],
    },
  };
}

type Files = { readonly inbound: string; readonly place: string };

export class QueueProxy {
  readonly envoy: Envoy;
  readonly #files: Files;
  readonly #given: Given;
  #version = 0;

  private constructor(envoy: Envoy, files: Files, given: Given) {
    this.envoy = envoy;
    this.#files = files;
    this.#given = given;
  }

  static async start({ workers, ...options }: QueueProxyOptions): Promise<QueueProxy> {
    const given = { module: filterModule(), ...options };
    const folder = mkdtempSync(join(tmpdir(), "queue-proxy-"));
    const files = { inbound: join(folder, "inbound"), place: join(folder, "place") };
    write(files, 0, given);
    const envoy = await startEnvoy({ bootstrap: configuration(files, given), concurrency: workers });
    return new QueueProxy(envoy, files, given);
  }

  /** Gives the proxy another configuration, and so new VMs; requests that wait stay in the old ones. */
  async change(queue: Queue): Promise<void> {
    const reloads = "extension_config_discovery.http_filter.expedite.config_reload";
    const count = async (): Promise<number> => (await readStats(this.envoy.admin, reloads)).get(reloads) ?? 0;
    const before = await count();
    this.#version += 1;
    write(this.#files, this.#version, { ...this.#given, queue });
    await waitUntil(
      { what: "the proxy has the new configuration", seconds: 10, detail: () => this.envoy.log() },
      async () => (await count()) >= before + 2,
    );
  }

  /** A gauge or counter of the queue: `in_flight`, `length.batch`. */
  async queueStat(name: string): Promise<number> {
    const full = `wasmcustom.expedite.inbound.queue.${name}`;
    return (await readStats(this.envoy.admin, full.replaceAll(".", "\\."))).get(full) ?? 0;
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
    closeClient();
  }
}

/** Envoy reads a file when another one is moved into its place. */
function write(files: Files, version: number, { module, queue, filter }: Given): void {
  for (const [file, rootId] of [
    [files.place, queueRootId],
    [files.inbound, ""],
  ] as const) {
    const text = filterText({ role: "inbound", ...filter, ...(queue === undefined ? {} : { queue }) });
    writeFileSync(
      `${file}.draft`,
      JSON.stringify(filterResource(version, { code: { filename: module }, configuration: text, rootId })),
    );
    renameSync(`${file}.draft`, file);
  }
}
