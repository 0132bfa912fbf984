// In: scenes, and everything that was seen. Out: what is to be said of a namespace's proxies: their states, their metrics, how they do with another module.

import type { ProxyReport } from "../reconcile/ports.ts";
import type { Health } from "../writes/module-rollout.ts";
import type { Rollback } from "../writes/rollback.ts";
import type { ChangeTracker } from "./change-tracker.ts";
import type { FilterHealth, FilterHealthTracker } from "./filter-health.ts";
import type { ProgrammedHysteresis } from "./programmed-hysteresis.ts";
import type { NamespaceState } from "./proxy-groups.ts";
import { groupStates, type ProxyState } from "./proxy-state.ts";
import { proxyKey, type SyncStatus } from "./sync-status.ts";
import { isSupported } from "./workload-match.ts";

export type EvaluatorParts = {
  readonly syncStatus: SyncStatus;
  readonly changes: ChangeTracker;
  readonly filterHealth: FilterHealthTracker;
  readonly hysteresis: ProgrammedHysteresis;
  readonly rollback: Rollback;
};

export class ProxyEvaluator {
  readonly #parts: EvaluatorParts;

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
  }

  /** `unwritten`: why something that is for proxies of the namespace is not stored yet. */
  states(namespaceState: NamespaceState, unwritten: string | undefined, now: number): readonly ProxyState[] {
    const { syncStatus, changes, filterHealth, hysteresis } = this.#parts;
    return namespaceState.groups(syncStatus).flatMap((group) => {
      const health = (report: ProxyReport): FilterHealth | undefined =>
        filterHealth.of(proxyKey(report), group.expected);
      return groupStates({ changes, hysteresis, health, unwritten, now }, group);
    });
  }

  /** Of the proxies that were asked: how many metrics were read and have the configuration, and how many could not be. */
  metrics(namespaceState: NamespaceState): { readonly read: number; readonly unknown: number } {
    const states = this.#pulsesOf(namespaceState).map(({ health }) => health?.state);
    const read = states.filter((state) => state === "running" || state === "healthy").length;
    return { read, unknown: states.filter((state) => state === "unknown").length };
  }

  /** What a rollout asks of the namespaces that have the module. */
  health(
    namespaceStates: ReadonlyMap<string, NamespaceState>,
    states: ReadonlyMap<string, readonly ProxyState[]>,
  ): Health {
    const reasons = this.#parts.rollback.reasons();
    return (namespace) => {
      const mine = states.get(namespace) ?? [];
      const refused = mine.find(({ state }) => state === "refused");
      if (refused !== undefined) return `${refused.pod}: ${refused.reason}`;
      if (reasons.has(namespace)) return reasons.get(namespace);
      if (mine.some(({ state }) => state === "pending")) return undefined;
      const namespaceState = namespaceStates.get(namespace);
      return namespaceState === undefined ? true : this.#beat(namespaceState);
    };
  }

  #beat(namespaceState: NamespaceState): ReturnType<Health> {
    const known = this.#pulsesOf(namespaceState).filter(({ health }) => health !== undefined);
    const groups = namespaceState
      .groups(this.#parts.syncStatus)
      .filter(({ reports, expected }) => expected.extensions.size > 0 && reports.some(isSupported));
    // Of each group somebody has to be asked.
    if (!groups.every(({ reports }) => known.some(({ report }) => reports.includes(report)))) return undefined;
    for (const { report, health } of known) {
      if (health?.state === "stopped") return `${report.pod}: ${health.why}`;
      if (health?.state !== "healthy" && health?.state !== "unknown") return undefined;
    }
    return true;
  }

  /** Where a filter is expected. */
  #pulsesOf(
    namespaceState: NamespaceState,
  ): readonly { readonly report: ProxyReport; readonly health: FilterHealth | undefined }[] {
    return namespaceState
      .groups(this.#parts.syncStatus)
      .filter(({ expected }) => expected.extensions.size > 0)
      .flatMap(({ reports, expected }) =>
        reports.map((report) => ({ report, health: this.#parts.filterHealth.of(proxyKey(report), expected) })),
      );
  }
}
