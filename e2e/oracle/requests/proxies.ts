// Starts two real Envoys whose listeners have the same route configurations, one of them with Expedite's objects, and the applications.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Envoy, startEnvoy } from "../../envoy/envoy.ts";
import { Clusters } from "./clusters.ts";
import { bootstrapOf } from "./listeners.ts";
import type { RouteConfiguration } from "./route-configurations.ts";
import { Upstreams } from "./upstreams.ts";

export type Which = "without" | "with";

export class Proxies {
  readonly clusters: Clusters;
  readonly #folder: string;
  readonly #upstreams = new Upstreams();
  readonly #envoys: Envoy[] = [];

  private constructor(clusters: Clusters, folder: string) {
    this.clusters = clusters;
    this.#folder = folder;
  }

  static async start(configurations: readonly RouteConfiguration[]): Promise<Proxies> {
    const clusters = new Clusters(configurations.map(({ without }) => without.routes));
    const proxies = new Proxies(clusters, mkdtempSync(join(tmpdir(), "oracle-")));
    try {
      await proxies.#start(configurations);
      return proxies;
    } catch (error) {
      await proxies.stop();
      throw error;
    }
  }

  async #start(configurations: readonly RouteConfiguration[]): Promise<void> {
    const places = new Map([...this.clusters.answering].map((name, index) => [name, join(this.#folder, `c${index}`)]));
    await Promise.all([...places].map(([name, path]) => this.#upstreams.start(name, path)));
    const clusters = this.clusters.resources((name) => places.get(name)!);
    const started = (["without", "with"] as const).map(async (which) => {
      const sides = configurations.map((configuration) => configuration[which]);
      const bootstrap = bootstrapOf(sides, clusters, (index) => this.socketOf(which, index));
      this.#envoys.push(await startEnvoy({ bootstrap, concurrency: 1 }));
    });
    const failed = (await Promise.allSettled(started)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** The socket of a configuration's listener, by the configuration's index. */
  socketOf(which: Which, index: number): string {
    return join(this.#folder, `${which === "with" ? "e" : "o"}${index}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#envoys.map((envoy) => envoy.stop()));
    await this.#upstreams.stop();
    await rm(this.#folder, { recursive: true });
  }
}
