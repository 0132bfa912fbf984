// What was last heard of the proxies: reports by istiod, and of some of them what istiod generates. Held between looks; no decisions.
import type { ProxyConfiguration, ProxyReport, ResourceType } from "./ports.ts";

export const proxyKey = ({ namespace, pod }: Pick<ProxyReport, "namespace" | "pod">): string => `${namespace}/${pod}`;

/** Configuration of a proxy that stands for those of its group: the same objects and the same istiod. */
export type Sample = {
  readonly group: string;
  readonly nonces: string;
  readonly configuration: ProxyConfiguration;
};

export class Observation {
  /** By namespace. Absent: nothing is known of it. */
  readonly #reports = new Map<string, readonly ProxyReport[]>();
  readonly #samples = new Map<string, Sample>();
  /** Namespace → nonces at the time of our last change of it: a push that has it comes with others. */
  readonly #before = new Map<string, ReadonlyMap<string, ProxyReport>>();
  /** Group → since when all samples of it are as they are. */
  readonly #since = new Map<string, { readonly content: string; readonly at: number }>();
  /** Why nothing is known. */
  problem: string | undefined = "istiod has not been asked yet";

  /** `namespace`: the reports are all of that one; absent: all there are. */
  report(reports: readonly ProxyReport[], namespace?: string): void {
    this.problem = undefined;
    if (namespace !== undefined) {
      this.#reports.set(namespace, reports);
      return;
    }
    for (const known of this.#reports.keys()) this.#reports.set(known, []);
    for (const [place, members] of Map.groupBy(reports, (report) => report.namespace))
      this.#reports.set(place, members);
    this.#isWhole = true;
  }
  #isWhole = false;

  /** Undefined: not known. */
  of(namespace: string): readonly ProxyReport[] | undefined {
    return this.#reports.get(namespace) ?? (this.#isWhole ? [] : undefined);
  }

  all(): readonly ProxyReport[] {
    return [...this.#reports.values()].flat();
  }

  sample(report: ProxyReport): Sample | undefined {
    return this.#samples.get(proxyKey(report));
  }

  /** `nonces`: of the report that was seen before the configuration was asked for. */
  sampled(report: ProxyReport, group: string, configuration: ProxyConfiguration, now: number): void {
    this.#samples.set(proxyKey(report), { group, nonces: noncesOf(report), configuration });
    const { extensions, clusters, names } = configuration;
    const content = JSON.stringify([extensions, clusters, names]);
    if (this.#since.get(group)?.content !== content) this.#since.set(group, { content, at: now });
  }

  /** Whether a push came since the configuration was asked for. */
  isOutdated(report: ProxyReport): boolean {
    return this.#samples.get(proxyKey(report))?.nonces !== noncesOf(report);
  }

  /** Forgets samples of proxies that are gone. */
  keepSamples(reports: readonly ProxyReport[]): void {
    const there = new Set(reports.map(proxyKey));
    for (const key of this.#samples.keys()) if (!there.has(key)) this.#samples.delete(key);
  }

  dropSample(report: ProxyReport): void {
    this.#samples.delete(proxyKey(report));
  }

  since(group: string): number | undefined {
    return this.#since.get(group)?.at;
  }

  /** A write is about to change what istiod pushes to the proxies of a namespace. @returns what to call where it changed nothing */
  willChange(namespace: string): () => void {
    const earlier = this.#before.get(namespace);
    this.#before.set(
      namespace,
      new Map((this.#reports.get(namespace) ?? []).map((report) => [proxyKey(report), report])),
    );
    return () => {
      if (earlier === undefined) this.#before.delete(namespace);
      else this.#before.set(namespace, earlier);
    };
  }

  /** Whether nothing was pushed to the proxy since our last change of its namespace. */
  isBefore(report: ProxyReport, type: ResourceType): boolean {
    const before = this.#before.get(report.namespace)?.get(proxyKey(report))?.exchanges[type];
    return before !== undefined && before.nonce === report.exchanges[type]?.nonce;
  }
}

export const noncesOf = ({ istiod, exchanges }: ProxyReport): string =>
  [istiod, ...Object.entries(exchanges).map(([type, { nonce }]) => `${type}:${nonce}`)].join();
