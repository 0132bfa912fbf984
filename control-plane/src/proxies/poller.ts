// In: which namespaces matter now. Out: looks at istiod and at some proxies, one after another, more often while something is under way.
import type { Clock } from "../reconcile/clock.ts";
import type { Mesh, ProxyReport } from "../reconcile/ports.ts";
import type { FilterHealthTracker } from "./filter-health.ts";
import type { Asked, Probe } from "./probe.ts";
import { proxyKey, type SyncStatus } from "./sync-status.ts";

/** Proxies of a group whose metrics are asked for. */
const perGroup = 2;
/** As many namespaces are asked for one by one; more in one answer. */
const fewNamespaces = 4;

export type Focus = {
  /** Of these the proxies' metrics matter; of all others only what they acknowledge and refuse. */
  readonly namespaces: ReadonlySet<string>;
  /** Undefined: nothing of ours is for this proxy. */
  readonly groupOf: (report: ProxyReport) => string | undefined;
  /** Where the filter's metrics are to be asked for, and what is expected there. */
  readonly probeOf: (report: ProxyReport) => Asked | undefined;
};

export class Poller {
  readonly #mesh: Pick<Mesh, "proxies">;
  readonly #syncStatus: SyncStatus;
  readonly #filterHealth: FilterHealthTracker;
  readonly #probe: Probe;
  readonly #clock: Clock;

  constructor(
    mesh: Pick<Mesh, "proxies">,
    syncStatus: SyncStatus,
    filterHealth: FilterHealthTracker,
    probe: Probe,
    clock: Clock,
  ) {
    this.#mesh = mesh;
    this.#syncStatus = syncStatus;
    this.#filterHealth = filterHealth;
    this.#probe = probe;
    this.#clock = clock;
  }

  /**
   * One look. `isWholeDue`: at every proxy there is. Never rejects: what can't be seen is said by the observation.
   * @returns milliseconds that the reports took: what a look costs
   */
  async look({ namespaces, groupOf, probeOf }: Focus, isWholeDue: boolean): Promise<number> {
    const syncStatus = this.#syncStatus;
    const isWhole = isWholeDue || !syncStatus.isWhole();
    const began = this.#clock.now();
    try {
      if (isWhole || namespaces.size > fewNamespaces) syncStatus.report(await this.#mesh.proxies(), began);
      else await this.#partly(namespaces, began);
    } catch (error) {
      syncStatus.problem = (error as Error).message;
      // It may answer again any time.
      return 0;
    }
    const took = this.#clock.now() - began;
    if (isWhole) {
      syncStatus.prune();
      this.#filterHealth.forget((proxy) => !syncStatus.isThere(proxy));
    }
    const members = [...namespaces].flatMap((namespace) => syncStatus.of(namespace) ?? []);
    const groups = Map.groupBy(members, groupOf);
    groups.delete(undefined);
    const asked = [...groups.values()].flatMap((reports) => this.#choose(reports));
    await this.#probe.feel(asked.map((report) => [proxyKey(report), probeOf(report)]));
    return took;
  }

  /** @throws where one of them could not be asked for, when all have been */
  async #partly(namespaces: ReadonlySet<string>, began: number): Promise<void> {
    const results = await Promise.allSettled(
      [...namespaces].map(async (namespace) =>
        this.#syncStatus.report(await this.#mesh.proxies(namespace), began, namespace),
      ),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Those that were asked before, so that a change shows. */
  #choose(reports: readonly ProxyReport[]): readonly ProxyReport[] {
    const rank = (report: ProxyReport): number => (this.#filterHealth.isKnown(proxyKey(report)) ? 0 : 1);
    const ordered = reports.toSorted((a, b) => rank(a) - rank(b) || (a.pod < b.pod ? -1 : 1));
    const others = new Set(ordered.slice(perGroup).map(proxyKey));
    this.#filterHealth.forget((proxy) => others.has(proxy));
    return ordered.slice(0, perGroup);
  }
}
