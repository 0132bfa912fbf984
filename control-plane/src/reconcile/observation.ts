// What was last heard of the proxies: reports by istiod, and of some of them what istiod generates. Held between looks; no decisions.
import { createHash } from "node:crypto";
import type { ProxyConfiguration, ProxyReport, ResourceType } from "./ports.ts";

export const proxyKey = ({ namespace, pod }: Pick<ProxyReport, "namespace" | "pod">): string => `${namespace}/${pod}`;

/** Configuration of a proxy that stands for those of its group: the same objects and the same istiod. */
export type Sample = {
  readonly group: string;
  /** As it was reported before istiod was asked for the configuration. */
  readonly report: ProxyReport;
  readonly configuration: ProxyConfiguration;
  /**
   * A report of a look that began then tells what came of this configuration: istiod generates from a new state a moment before it
   * pushes that, and no longer than generating takes.
   */
  readonly conclusiveFrom: number;
};

/** Milliseconds more than twice the time that istiod took to answer. */
const margin = 20;

export class Observation {
  /** By namespace. Absent: nothing is known of it. */
  readonly #reports = new Map<string, readonly ProxyReport[]>();
  readonly #samples = new Map<string, Sample>();
  /** Namespace → nonces at the time of our last change of it: a push that has it comes with others. */
  readonly #before = new Map<string, ReadonlyMap<string, ProxyReport>>();
  /** Group → since when all samples of it are as they are. */
  readonly #since = new Map<string, { readonly digest: string; readonly at: number }>();
  /** Why nothing is known. */
  problem: string | undefined = "istiod has not been asked yet";

  /** When the look that the last reports are of began, by namespace; or of all. */
  readonly #reportedAt = new Map<string, number>();
  #wholeAt = Number.NEGATIVE_INFINITY;

  /** `began`: when they were asked for. `namespace`: the reports are all of that one; absent: all there are. */
  report(reports: readonly ProxyReport[], began: number, namespace?: string): void {
    this.problem = undefined;
    if (namespace !== undefined) {
      this.#reportedAt.set(namespace, began);
      this.#reports.set(namespace, reports);
      return;
    }
    this.#reports.clear();
    for (const [place, members] of Map.groupBy(reports, (report) => report.namespace))
      this.#reports.set(place, members);
    this.#reportedAt.clear();
    this.#wholeAt = began;
  }

  /** Undefined: not known. */
  of(namespace: string): readonly ProxyReport[] | undefined {
    return this.#reports.get(namespace) ?? (this.#wholeAt > Number.NEGATIVE_INFINITY ? [] : undefined);
  }

  all(): readonly ProxyReport[] {
    return [...this.#reports.values()].flat();
  }

  sample(report: ProxyReport): Sample | undefined {
    return this.#samples.get(proxyKey(report));
  }

  /** `report`: as it was before the configuration was asked for, which took `took` until `now`. */
  sampled(report: ProxyReport, group: string, configuration: ProxyConfiguration, now: number, took: number): void {
    this.#samples.set(proxyKey(report), { group, report, configuration, conclusiveFrom: now + 2 * took + margin });
    const { extensions, clusters, names } = configuration;
    const digest = createHash("sha256")
      .update(JSON.stringify([extensions, clusters, names]))
      .digest("base64");
    if (this.#since.get(group)?.digest !== digest) this.#since.set(group, { digest, at: now });
  }

  /** Whether the sample may tell of a push that is still to come. */
  isAhead(report: ProxyReport): boolean {
    const sample = this.#samples.get(proxyKey(report));
    return sample !== undefined && (this.#reportedAt.get(report.namespace) ?? this.#wholeAt) < sample.conclusiveFrom;
  }

  /** Whether a push came since the configuration was asked for. */
  isOutdated(report: ProxyReport): boolean {
    const sample = this.#samples.get(proxyKey(report));
    return sample === undefined || noncesOf(sample.report) !== noncesOf(report);
  }

  /** Forgets what is gone: samples of proxies, groups that no sample is of, namespaces without a proxy. */
  prune(): void {
    this.#there = new Set(this.all().map(proxyKey));
    for (const key of this.#samples.keys()) if (!this.isThere(key)) this.#samples.delete(key);
    const groups = new Set([...this.#samples.values()].map(({ group }) => group));
    for (const group of this.#since.keys()) if (!groups.has(group)) this.#since.delete(group);
    // One that comes back has another connection, and other nonces.
    for (const namespace of this.#before.keys()) if (!this.#reports.has(namespace)) this.#before.delete(namespace);
  }
  #there: ReadonlySet<string> = new Set();

  /** At the last look at all proxies. */
  isThere(proxy: string): boolean {
    return this.#there.has(proxy);
  }

  /** Proxies whose sample is older than their last push. */
  outdated(): readonly ProxyReport[] {
    return this.all().filter((report) => this.sample(report) !== undefined && this.isOutdated(report));
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

const noncesOf = ({ istiod, exchanges }: ProxyReport): string =>
  [istiod, ...Object.entries(exchanges).map(([type, { nonce }]) => `${type}:${nonce}`)].join();
