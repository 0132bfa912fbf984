// In: which namespaces matter now. Out: looks at istiod and at some proxies, one after another, more often while something is under way.
import type { Clock } from "./clock.ts";
import type { Asked, Feeler } from "./feeler.ts";
import { type Observation, proxyKey } from "./observation.ts";
import type { Mesh, ProxyReport } from "./ports.ts";
import type { Pulses } from "./pulse.ts";

/** Proxies of a group that are sampled: istiod generates the same for all of it. */
const perGroup = 2;
/** Of namespaces that are settled, in a look at all proxies. */
const settledPerLook = 4;
/** Requests at a time. */
const atOnce = 8;
/** As many namespaces are asked for one by one; more in one answer. */
const fewNamespaces = 4;

export type Focus = {
  /** Of these the generated configuration matters; of all others only what they acknowledge and refuse. */
  readonly namespaces: ReadonlySet<string>;
  /** Undefined: nothing of ours is for this proxy. */
  readonly groupOf: (report: ProxyReport) => string | undefined;
  /** Where the filter's metrics are to be asked for, and what is expected there. */
  readonly pulseOf: (report: ProxyReport) => Asked | undefined;
};

export class Looker {
  readonly #mesh: Mesh;
  readonly #observation: Observation;
  readonly #pulses: Pulses;
  readonly #feeler: Feeler;
  readonly #clock: Clock;
  /** Proxies whose configuration could not be had. */
  readonly #failed = new Set<string>();

  constructor(mesh: Mesh, observation: Observation, pulses: Pulses, feeler: Feeler, clock: Clock) {
    this.#mesh = mesh;
    this.#observation = observation;
    this.#pulses = pulses;
    this.#feeler = feeler;
    this.#clock = clock;
  }

  /**
   * One look. `isWhole`: at every proxy there is. Never rejects: what can't be seen is said by the observation.
   * @returns milliseconds that the reports took: what a look costs
   */
  async look({ namespaces, groupOf, pulseOf }: Focus, isWhole: boolean): Promise<number> {
    const observation = this.#observation;
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
      for (const proxy of this.#failed) if (!observation.isThere(proxy)) this.#failed.delete(proxy);
    }
    const members = [...namespaces].flatMap((namespace) => observation.of(namespace) ?? []);
    const groups = Map.groupBy(members, groupOf);
    groups.delete(undefined);
    const samples = [...groups].flatMap(([group, reports]) => this.#choose(group!, reports));
    // What is settled is looked at again little by little: something that is not ours may have changed what our patches do.
    const others = observation.outdated().filter(({ namespace }) => !namespaces.has(namespace));
    const again = (isWhole ? others.slice(0, settledPerLook) : []).flatMap((report) => {
      const group = groupOf(report);
      return group === undefined ? [] : [{ group, report }];
    });
    await eachOf([...samples, ...again], ({ group, report }) => this.#sample(group, report));
    await this.#feeler.feel(samples.map(({ report }) => [proxyKey(report), pulseOf(report)]));
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

  /** Those that refuse something, so that it is known what; those that were sampled before, so that a change shows; last those that could not be. */
  #choose(
    group: string,
    reports: readonly ProxyReport[],
  ): readonly { readonly group: string; readonly report: ProxyReport }[] {
    const rank = (report: ProxyReport): number => {
      if (this.#failed.has(proxyKey(report))) return 3;
      if (Object.values(report.exchanges).some(({ refused }) => refused !== undefined)) return 0;
      return this.#observation.sample(report) === undefined ? 2 : 1;
    };
    const ordered = reports.toSorted((a, b) => rank(a) - rank(b) || (a.pod < b.pod ? -1 : 1));
    for (const report of ordered.slice(perGroup)) this.#observation.dropSample(report);
    return ordered.slice(0, perGroup).map((report) => ({ group, report }));
  }

  async #sample(group: string, report: ProxyReport): Promise<void> {
    const observation = this.#observation;
    if (!observation.isOutdated(report) && observation.sample(report)?.group === group) return;
    const began = this.#clock.now();
    try {
      const configuration = await this.#mesh.configuration(report);
      const now = this.#clock.now();
      observation.sampled(report, group, configuration, now, now - began);
      this.#failed.delete(proxyKey(report));
    } catch {
      // Another proxy of the group stands for it.
      observation.dropSample(report);
      this.#failed.add(proxyKey(report));
    }
  }
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, worker));
}
