// In: which namespaces matter now. Out: looks at istiod and at some proxies, one after another, more often while something is under way.
import type { Clock } from "../reconcile/clock.ts";
import type { Mesh, ProxyReport } from "../reconcile/ports.ts";
import type { Pulses } from "./filter-health.ts";
import type { Asked, Feeler } from "./probe.ts";
import { type Observation, proxyKey } from "./sync-status.ts";

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
  readonly pulseOf: (report: ProxyReport) => Asked | undefined;
};

export class Looker {
  readonly #mesh: Pick<Mesh, "proxies">;
  readonly #observation: Observation;
  readonly #pulses: Pulses;
  readonly #feeler: Feeler;
  readonly #clock: Clock;

  constructor(mesh: Pick<Mesh, "proxies">, observation: Observation, pulses: Pulses, feeler: Feeler, clock: Clock) {
    this.#mesh = mesh;
    this.#observation = observation;
    this.#pulses = pulses;
    this.#feeler = feeler;
    this.#clock = clock;
  }

  /**
   * One look. `isWholeDue`: at every proxy there is. Never rejects: what can't be seen is said by the observation.
   * @returns milliseconds that the reports took: what a look costs
   */
  async look({ namespaces, groupOf, pulseOf }: Focus, isWholeDue: boolean): Promise<number> {
    const observation = this.#observation;
    const isWhole = isWholeDue || !observation.isWhole();
    const began = this.#clock.now();
    try {
      if (isWhole || namespaces.size > fewNamespaces) observation.report(await this.#mesh.proxies(), began);
      else await this.#partly(namespaces, began);
    } catch (error) {
      observation.problem = (error as Error).message;
      // It may answer again any time.
      return 0;
    }
    const took = this.#clock.now() - began;
    if (isWhole) {
      observation.prune();
      this.#pulses.forget((proxy) => !observation.isThere(proxy));
    }
    const members = [...namespaces].flatMap((namespace) => observation.of(namespace) ?? []);
    const groups = Map.groupBy(members, groupOf);
    groups.delete(undefined);
    const asked = [...groups.values()].flatMap((reports) => this.#choose(reports));
    await this.#feeler.feel(asked.map((report) => [proxyKey(report), pulseOf(report)]));
    return took;
  }

  /** @throws where one of them could not be asked for, when all have been */
  async #partly(namespaces: ReadonlySet<string>, began: number): Promise<void> {
    const results = await Promise.allSettled(
      [...namespaces].map(async (namespace) =>
        this.#observation.report(await this.#mesh.proxies(namespace), began, namespace),
      ),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Those that were asked before, so that a change shows. */
  #choose(reports: readonly ProxyReport[]): readonly ProxyReport[] {
    const rank = (report: ProxyReport): number => (this.#pulses.isKnown(proxyKey(report)) ? 0 : 1);
    const ordered = reports.toSorted((a, b) => rank(a) - rank(b) || (a.pod < b.pod ? -1 : 1));
    const others = new Set(ordered.slice(perGroup).map(proxyKey));
    this.#pulses.forget((proxy) => others.has(proxy));
    return ordered.slice(0, perGroup);
  }
}
