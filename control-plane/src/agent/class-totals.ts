// Adds up what the classes of a node's links have sent, by link and level: totals that do not fall when a pod ends or a class is made anew.
import type { LevelCounters } from "../node/level-counters.ts";
import { isActive, type NodeReport } from "./node-report.ts";

export type ClassTotal = LevelCounters & {
  /** The link in the ladder: the totals of a link of scope Pod are those of all pods that were seen. */
  readonly link: string;
};

const counters = ["bytes", "packets", "drops", "overlimits"] as const;

export class ClassTotals {
  readonly #totals = new Map<string, ClassTotal>();
  /** Of each class, as last read. */
  #last: ReadonlyMap<string, LevelCounters> = new Map();

  /** Call it with each report, in order. */
  add({ links }: NodeReport): void {
    const read = new Map<string, LevelCounters>();
    const backlogs = new Map<string, number>();
    for (const state of links.filter(isActive))
      for (const now of state.counters ?? []) {
        const { link, namespace = "", pod = "", device = "" } = state;
        const place = JSON.stringify([link, namespace, pod, device, now.level]);
        const key = JSON.stringify([link, now.level]);
        const total = this.#totals.get(key) ?? { ...now, ...{ bytes: 0, packets: 0, drops: 0, overlimits: 0 }, link };
        const before = this.#last.get(place);
        const grown = counters.map((name) => [name, total[name] + growth(before?.[name] ?? 0, now[name])]);
        backlogs.set(key, (backlogs.get(key) ?? 0) + now.backlog);
        this.#totals.set(key, { ...total, ...Object.fromEntries(grown) });
        read.set(place, now);
      }
    for (const [key, total] of this.#totals) this.#totals.set(key, { ...total, backlog: backlogs.get(key) ?? 0 });
    this.#last = read;
  }

  all(): readonly ClassTotal[] {
    return [...this.#totals.values()];
  }
}

/** A class that was made anew counts from zero. */
function growth(before: number, now: number): number {
  return now < before ? now : now - before;
}
