// Keeps everything that is known of the proxies for the time that this replica leads: istiod's reports, the proxies' metrics, and what
// follows from them for a namespace.

import type { ProxyState } from "../core/proxy-state.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { CacheState, Mesh, ProxyReport } from "../reconcile/ports.ts";
import { ChangeTracker } from "./change-tracker.ts";
import { type FilterHealth, FilterHealthTracker } from "./filter-health.ts";
import { type Focus, Poller } from "./poller.ts";
import { ProgrammedHysteresis } from "./programmed-hysteresis.ts";
import type { ProxyGroups } from "./proxy-groups.ts";
import { groupStates } from "./proxy-state.ts";
import { proxyKey, SyncStatus } from "./sync-status.ts";
import { isSupported } from "./workload-match.ts";

/** Milliseconds within which a proxy connects to a restarted istiod, with a margin. */
const longestReconnect = 60_000;

export type MonitorParts = {
  readonly mesh: Mesh;
  readonly clock: Clock;
  /** Called when there is something new. */
  readonly wake: () => void;
};

/** For some proxies: how many metrics were read and have the configuration, and how many could not be read. */
export type MetricCounts = { readonly read: number; readonly unknown: number };

export type FocusParts = {
  /** By namespace. */
  readonly groups: ReadonlyMap<string, ProxyGroups>;
  readonly unsettled: ReadonlySet<string>;
  /** Namespaces whose filters must be known to be healthy. */
  readonly watched: ReadonlySet<string>;
  readonly pod: CacheState["pod"];
};

export class ProxyMonitor {
  readonly syncStatus = new SyncStatus();
  readonly changes: ChangeTracker;
  readonly hysteresis = new ProgrammedHysteresis();
  readonly #filterHealth = new FilterHealthTracker();
  readonly #poller: Poller;
  readonly #clock: Clock;
  #pod: CacheState["pod"] = () => undefined;

  constructor({ mesh, clock, wake }: MonitorParts) {
    const { syncStatus } = this;
    this.#clock = clock;
    this.changes = new ChangeTracker(syncStatus, () => mesh.debounce(), clock.now());
    const polledAll = (): void => {
      syncStatus.prune();
      this.#filterHealth.forget((proxy) => !syncStatus.isThere(proxy));
      // Records of these are kept while their pods are ready, because they may reconnect.
      syncStatus.forgetLost(({ namespace, pod }) => this.#pod(namespace, pod)?.isReady !== true);
      this.hysteresis.keep((proxy) => syncStatus.isKnown(proxy));
    };
    this.#poller = new Poller({ mesh, syncStatus, filterHealth: this.#filterHealth, clock, polledAll, done: wake });
  }

  /** To be called when something is written or newly wanted in a namespace: its proxies are polled often for a while. */
  changed(namespace: string): void {
    this.#poller.changed(namespace);
  }

  /** Whether the first poll is over. Before that, refusals may be older than this leader. */
  hasPolled(): boolean {
    return this.#poller.hasPolled();
  }

  /** Whether a proxy may not have reconnected to istiod since before this leader began: proxies retry at least every 30 seconds. */
  mayMissProxies(now: number): boolean {
    return this.syncStatus.age(now) < longestReconnect;
  }

  /** Starts a poll if one is due. @returns milliseconds until the next one; undefined while one runs */
  poll(parts: FocusParts): number | undefined {
    this.#pod = parts.pod;
    return this.#poller.poll(this.#focus(parts));
  }

  #focus({ groups, unsettled, watched, pod }: FocusParts): Focus {
    return {
      namespaces: unsettled,
      groupOf: (report) => groups.get(report.namespace)?.groupOf(report),
      probeOf: (report) => {
        const expected = groups.get(report.namespace)?.expectedOf(report);
        // A proxy can't run what it has not acknowledged.
        if (expected === undefined || report.exchanges.ECDS?.isAcknowledged !== true) return undefined;
        const isWatched = watched.has(report.namespace);
        const isDue = this.#filterHealth.isDue(proxyKey(report), expected, { isWatched, now: this.#clock.now() });
        return isDue ? { address: pod(report.namespace, report.pod)?.address, expected } : undefined;
      },
    };
  }

  /** `unwritten`: why something for the proxies is not stored yet. */
  states(groups: ProxyGroups, unwritten: string | undefined, now: number): readonly ProxyState[] {
    const { changes, hysteresis } = this;
    return groups.groups(this.syncStatus).flatMap((group) => {
      const healthOf = (report: ProxyReport): FilterHealth | undefined =>
        this.#filterHealth.of(proxyKey(report), group.expected);
      return groupStates({ changes, hysteresis, healthOf, unwritten, now }, group);
    });
  }

  /**
   * Namespaces without proxy states, as after the removal of the last object, to whose proxies that may not have been pushed yet. They are
   * polled like others until it is: an earlier write would have to wait longer for its proxies.
   */
  removing(states: ReadonlyMap<string, readonly ProxyState[]>, now: number): readonly string[] {
    return this.changes.unsettled(now).filter((namespace) => {
      if ((states.get(namespace)?.length ?? 0) > 0) return false;
      const reports = this.syncStatus.of(namespace) ?? [];
      const isOver = reports.every((report) => this.changes.isPushed(report, now));
      if (isOver) this.changes.settle(namespace);
      return !isOver;
    });
  }

  metrics(groups: ProxyGroups): MetricCounts {
    const states = this.#healthOf(groups).map(({ health }) => health?.state);
    const read = states.filter((state) => state === "running" || state === "healthy").length;
    return { read, unknown: states.filter((state) => state === "unknown").length };
  }

  /** Whether the filters of a namespace are known to be healthy. Undefined: not known yet; a text: what is wrong. */
  filtersHealthy(groups: ProxyGroups): true | undefined | string {
    const known = this.#healthOf(groups).filter(({ health }) => health !== undefined);
    const withFilter = groups
      .groups(this.syncStatus)
      .filter(({ reports, expected }) => expected.extensions.size > 0 && reports.some(isSupported));
    // A proxy of each group has to be sampled.
    if (!withFilter.every(({ reports }) => known.some(({ report }) => reports.includes(report)))) return undefined;
    for (const { report, health } of known) {
      if (health?.state === "stopped") return `${report.pod}: ${health.why}`;
      if (health?.state !== "healthy" && health?.state !== "unknown") return undefined;
    }
    return true;
  }

  /** The health of proxies that should have a filter. */
  #healthOf(
    groups: ProxyGroups,
  ): readonly { readonly report: ProxyReport; readonly health: FilterHealth | undefined }[] {
    return groups
      .groups(this.syncStatus)
      .filter(({ expected }) => expected.extensions.size > 0)
      .flatMap(({ reports, expected }) =>
        reports.map((report) => ({ report, health: this.#filterHealth.of(proxyKey(report), expected) })),
      );
  }
}
