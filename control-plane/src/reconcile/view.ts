// In: scenes, and everything that was seen. Out: what is to be said of a namespace's proxies: their states, their metrics, how they do with another module.
import type { Confirmed } from "./confirmed.ts";
import { type Observation, proxyKey } from "./observation.ts";
import type { ProxyReport } from "./ports.ts";
import { groupStates, type ProxyState } from "./proxy-states.ts";
import type { Pulse, Pulses } from "./pulse.ts";
import type { Health } from "./rollout.ts";
import type { Scene } from "./scene.ts";
import type { Withdrawal } from "./withdrawal.ts";

export type ViewParts = {
  readonly observation: Observation;
  readonly pulses: Pulses;
  readonly confirmed: Confirmed;
  readonly withdrawal: Withdrawal;
};

export class View {
  readonly #parts: ViewParts;

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  states(scene: Scene, now: number): readonly ProxyState[] {
    const { observation, pulses, confirmed } = this.#parts;
    return scene.groups(observation).flatMap((group) => {
      const pulse = (report: ProxyReport): Pulse | undefined => pulses.of(proxyKey(report), group.expected);
      return groupStates({ observation, confirmed, pulse, now }, group);
    });
  }

  /** Of the sampled proxies: how many metrics were read and have the configuration, and how many could not be. */
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
    const sampled = this.#pulsesOf(scene).filter(({ report }) => this.#parts.observation.sample(report) !== undefined);
    for (const { report, pulse } of sampled) {
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
