// In: scenes, and everything that was seen. Out: what is to be said of a namespace's proxies: their states, their metrics, how they do with another module.

import type { ProxyReport } from "../reconcile/ports.ts";
import type { Health } from "../writes/module-rollout.ts";
import type { Withdrawal } from "../writes/rollback.ts";
import type { Changes } from "./change-tracker.ts";
import type { Pulse, Pulses } from "./filter-health.ts";
import type { Confirmed } from "./programmed-hysteresis.ts";
import type { Scene } from "./proxy-groups.ts";
import { groupStates, type ProxyState } from "./proxy-state.ts";
import { type Observation, proxyKey } from "./sync-status.ts";
import { isSupported } from "./workload-match.ts";

export type ViewParts = {
  readonly observation: Observation;
  readonly changes: Changes;
  readonly pulses: Pulses;
  readonly confirmed: Confirmed;
  readonly withdrawal: Withdrawal;
};

export class View {
  readonly #parts: ViewParts;

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  /** `unwritten`: why something that is for proxies of the namespace is not stored yet. */
  states(scene: Scene, unwritten: string | undefined, now: number): readonly ProxyState[] {
    const { observation, changes, pulses, confirmed } = this.#parts;
    return scene.groups(observation).flatMap((group) => {
      const pulse = (report: ProxyReport): Pulse | undefined => pulses.of(proxyKey(report), group.expected);
      return groupStates({ changes, confirmed, pulse, unwritten, now }, group);
    });
  }

  /** Of the proxies that were asked: how many metrics were read and have the configuration, and how many could not be. */
  metrics(scene: Scene): { readonly read: number; readonly unknown: number } {
    const states = this.#pulsesOf(scene).map(({ pulse }) => pulse?.state);
    const read = states.filter((state) => state === "running" || state === "healthy").length;
    return { read, unknown: states.filter((state) => state === "unknown").length };
  }

  /** What a rollout asks of the namespaces that have the module. */
  health(scenes: ReadonlyMap<string, Scene>, states: ReadonlyMap<string, readonly ProxyState[]>): Health {
    const reasons = this.#parts.withdrawal.reasons();
    return (namespace) => {
      const mine = states.get(namespace) ?? [];
      const refused = mine.find(({ state }) => state === "refused");
      if (refused !== undefined) return `${refused.pod}: ${refused.reason}`;
      if (reasons.has(namespace)) return reasons.get(namespace);
      if (mine.some(({ state }) => state === "pending")) return undefined;
      const scene = scenes.get(namespace);
      return scene === undefined ? true : this.#beat(scene);
    };
  }

  #beat(scene: Scene): ReturnType<Health> {
    const known = this.#pulsesOf(scene).filter(({ pulse }) => pulse !== undefined);
    const groups = scene
      .groups(this.#parts.observation)
      .filter(({ reports, expected }) => expected.extensions.size > 0 && reports.some(isSupported));
    // Of each group somebody has to be asked.
    if (!groups.every(({ reports }) => known.some(({ report }) => reports.includes(report)))) return undefined;
    for (const { report, pulse } of known) {
      if (pulse?.state === "stopped") return `${report.pod}: ${pulse.why}`;
      if (pulse?.state !== "healthy" && pulse?.state !== "unknown") return undefined;
    }
    return true;
  }

  /** Where a filter is expected. */
  #pulsesOf(scene: Scene): readonly { readonly report: ProxyReport; readonly pulse: Pulse | undefined }[] {
    return scene
      .groups(this.#parts.observation)
      .filter(({ expected }) => expected.extensions.size > 0)
      .flatMap(({ reports, expected }) =>
        reports.map((report) => ({ report, pulse: this.#parts.pulses.of(proxyKey(report), expected) })),
      );
  }
}
