// One Envoy that reads its listeners and their filter from files, as it would receive them from a control plane. Its own metrics show
// whether it accepted or refused a filter.
import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../../envoy/admin.ts";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { limitOf } from "../../process/limit.ts";
import {
  type FilterSettings,
  filterFile,
  type Json,
  listenersFile,
  namingListenersFile,
  type Role,
  roles,
} from "./resources.ts";

/** How the filter reaches the proxy: in the listener, or as a resource that the listener names. */
export const deliveries = ["LDS", "ECDS"] as const;
export type Delivery = (typeof deliveries)[number];

export interface ProxyOptions {
  readonly delivery: Delivery;
  readonly workers: number;
  readonly filter: FilterSettings;
  /** With ECDS: what the listener starts with until the filter arrives. */
  readonly defaultConfig?: Json;
}

/** The outcome of a push. */
export type Verdict = "taken" | "refused";

const outcomes = "^(listener_manager\\.lds|extension_config_discovery\\..*)\\.update_(success|rejected)$";

export class FaultyProxy {
  readonly envoy: Envoy;
  readonly #folder: string;
  readonly #delivery: Delivery;
  readonly #filters: Record<Role, FilterSettings>;
  #version = 1;

  private constructor(envoy: Envoy, folder: string, { delivery, filter }: ProxyOptions) {
    this.envoy = envoy;
    this.#folder = folder;
    this.#delivery = delivery;
    this.#filters = { inbound: filter, outbound: filter };
  }

  /** Does not wait for the listeners. @throws when Envoy does not start */
  static async start(options: ProxyOptions): Promise<FaultyProxy> {
    const { delivery, workers, filter, defaultConfig } = options;
    const folder = mkdtempSync(join(tmpdir(), "faulty-proxy-"));
    const file = (name: string): string => join(folder, `${name}.json`);
    if (delivery === "LDS")
      writeFileSync(file("listeners"), JSON.stringify(listenersFile(1, { inbound: filter, outbound: filter })));
    else {
      writeFileSync(file("listeners"), JSON.stringify(namingListenersFile(file, defaultConfig)));
      for (const role of roles) writeFileSync(file(role), JSON.stringify(filterFile(1, role, filter)));
    }
    const bootstrap = {
      node: { id: "faulty-proxy", cluster: "faulty-proxy" },
      dynamic_resources: { lds_config: { path_config_source: { path: file("listeners") } } },
    };
    return new FaultyProxy(await startEnvoy({ bootstrap, concurrency: workers }), folder, options);
  }

  /**
   * @param to the listeners that get the filter. Default: both
   * @throws when the proxy neither accepts nor refuses it
   */
  async push(filter: FilterSettings, to: readonly Role[] = roles): Promise<Verdict> {
    const before = await readStats(this.envoy.admin, outcomes);
    this.#version += 1;
    for (const role of to) this.#filters[role] = filter;
    if (this.#delivery === "LDS") this.#write("listeners", listenersFile(this.#version, this.#filters));
    else for (const role of to) this.#write(role, filterFile(this.#version, role, filter));
    for (const deadline = Date.now() + limitOf(10) * 1000; Date.now() < deadline; await sleep(20)) {
      const now = await readStats(this.envoy.admin, outcomes);
      const grown = (what: string): number =>
        [...now].reduce((sum, [name, n]) => sum + (name.endsWith(what) ? n - (before.get(name) ?? 0) : 0), 0);
      const expected = this.#delivery === "LDS" ? 1 : to.length;
      const [taken, refused] = [grown("update_success"), grown("update_rejected")];
      if (taken + refused === expected) return refused > 0 ? "refused" : "taken";
    }
    throw new Error(`no answer to a push:\n${this.envoy.log().split("\n").slice(-10).join("\n")}`);
  }

  /** Envoy reads a file when another one is moved into its place. */
  #write(name: string, contents: Json): void {
    writeFileSync(join(this.#folder, "draft"), JSON.stringify(contents));
    renameSync(join(this.#folder, "draft"), join(this.#folder, `${name}.json`));
  }

  /** Envoy's own metrics that report a failure and are not 0, for a table; <name> is the filter's. */
  async signs(): Promise<string> {
    const failures = "^(wasm|listener_manager|extension_config_discovery)\\..*(reject|fail|reload_)";
    const stats = await readStats(this.envoy.admin, failures);
    const names = [...stats].filter(([, value]) => value > 0).map(([name]) => name.replace(/expedite-\w+/, "<name>"));
    const sorted = [...new Set(names)].sort();
    return sorted.length === 0 ? "none" : sorted.map((name) => `\`${name}\``).join(" ");
  }

  stop(): Promise<void> {
    return this.envoy.stop();
  }
}
