// Polls istiod for the sync status of proxies, and some proxies for the filter's metrics: one poll at a time, and more often while
// something has not settled.
import type { Clock } from "../reconcile/clock.ts";
import type { Mesh, ProxyReport } from "../reconcile/ports.ts";
import type { FilterHealthTracker } from "./filter-health.ts";
import { PollSchedule } from "./poll-schedule.ts";
import { Probe, type ProbeTarget } from "./probe.ts";
import { proxyKey, type SyncStatus } from "./sync-status.ts";

/** Number of proxies in each group whose metrics are read. */
const perGroup = 2;
/** Up to this many namespaces are polled one by one; for more, all proxies are polled at once. */
const fewNamespaces = 4;

export type Focus = {
  /** Namespaces that have not settled. Only their proxies' metrics are read. */
  readonly namespaces: ReadonlySet<string>;
  /** Undefined if none of Expedite's objects selects this proxy. */
  readonly groupOf: (report: ProxyReport) => string | undefined;
  /** Undefined if the proxy's metrics are not due. */
  readonly probeOf: (report: ProxyReport) => ProbeTarget | undefined;
};

export type PollerParts = {
  readonly mesh: Mesh;
  readonly syncStatus: SyncStatus;
  readonly filterHealth: FilterHealthTracker;
  readonly clock: Clock;
  /** Called when all proxies have been polled. */
  readonly polledAll: () => void;
  /** Called after a poll, and when metrics arrive later than that. */
  readonly done: () => void;
};

export class Poller {
  readonly #parts: PollerParts;
  readonly #schedule: PollSchedule;
  readonly #probe: Probe;
  #isPolling = false;

  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#schedule = new PollSchedule(parts.clock);
    this.#probe = new Probe(parts);
  }

  /** To be called when something changed in a namespace: its proxies are polled more often for a while. */
  changed(namespace: string): void {
    this.#schedule.changed(namespace);
  }

  /** Whether the first poll is over. Before that, refusals may be older than this leader. */
  hasPolled(): boolean {
    return this.#schedule.hasPolled();
  }

  /** Starts a poll if one is due. @returns milliseconds until the next one; undefined while a poll runs, which wakes the controller */
  poll(focus: Focus): number | undefined {
    if (this.#isPolling) return undefined;
    const { wait, isFull } = this.#schedule.next(focus.namespaces);
    if (wait > 0) return wait;
    this.#isPolling = true;
    void this.run(focus, isFull).then((took) => {
      this.#schedule.polled(isFull, took);
      this.#isPolling = false;
      this.#parts.done();
    });
    return undefined;
  }

  /**
   * Polls once. Never rejects: the sync status stores the reason of a failure.
   * @returns the milliseconds that istiod took
   */
  async run({ namespaces, groupOf, probeOf }: Focus, isFullDue: boolean): Promise<number> {
    const { mesh, syncStatus, polledAll, clock } = this.#parts;
    const isFull = isFullDue || !syncStatus.isComplete();
    const began = clock.now();
    try {
      const heard = namespaces.size === 0 ? undefined : this.#pollHeard();
      if (isFull || namespaces.size > fewNamespaces) syncStatus.report(await mesh.proxies(), began);
      else await this.#pollEach(namespaces, began);
      await heard;
    } catch (error) {
      syncStatus.problem = (error as Error).message;
      // It may answer again at any time.
      return 0;
    }
    const took = clock.now() - began;
    if (isFull) polledAll();
    const members = [...namespaces].flatMap((namespace) => syncStatus.of(namespace) ?? []);
    const groups = Map.groupBy(members, groupOf);
    groups.delete(undefined);
    const sampled = [...groups.values()].flatMap((reports) => this.#sample(reports));
    await this.#probe.probe(sampled.map((report) => [proxyKey(report), probeOf(report)]));
    return took;
  }

  async #pollHeard(): Promise<void> {
    const { mesh, syncStatus, clock } = this.#parts;
    syncStatus.noteHeard(await mesh.heard(), clock.now());
  }

  /** @throws if one of them failed, after all have ended */
  async #pollEach(namespaces: ReadonlySet<string>, began: number): Promise<void> {
    const { mesh, syncStatus } = this.#parts;
    const results = await Promise.allSettled(
      [...namespaces].map(async (namespace) => syncStatus.report(await mesh.proxies(namespace), began, namespace)),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Those that were read before come first, so that a change of their counters shows. */
  #sample(reports: readonly ProxyReport[]): readonly ProxyReport[] {
    const { filterHealth } = this.#parts;
    const rank = (report: ProxyReport): number => (filterHealth.isKnown(proxyKey(report)) ? 0 : 1);
    const ordered = reports.toSorted((a, b) => rank(a) - rank(b) || (a.pod < b.pod ? -1 : 1));
    const others = new Set(ordered.slice(perGroup).map(proxyKey));
    filterHealth.forget((proxy) => others.has(proxy));
    return ordered.slice(0, perGroup);
  }
}
