// What istiod last told of the proxies: which pushes they were sent and took, and since when that is so. Held between looks; no decisions.
import type { ProxyReport, Version } from "../reconcile/ports.ts";
import { isLater, noncesOf, type Subject, subjects } from "./pushes.ts";

export const proxyKey = ({ namespace, pod }: Pick<ProxyReport, "namespace" | "pod">): string => `${namespace}/${pod}`;

export class SyncStatus {
  /** By namespace. Absent: nothing is known of it. */
  readonly #reports = new Map<string, readonly ProxyReport[]>();
  /** By subject and proxy: the last pushes that may have to do with it, and when the first look that showed them began. */
  readonly #seen: Readonly<Record<Subject, Map<string, { readonly nonces: string; readonly at: number }>>> = {
    ...{ filters: new Map(), subsets: new Map() },
  };
  /** By istiod: the newest state that somebody was pushed. */
  readonly #newest = new Map<string, Version>();
  /** When the look that the last reports are of began, by namespace; or of all. */
  readonly #lookedAt = new Map<string, number>();
  #wholeAt = Number.NEGATIVE_INFINITY;
  /** At the last look at all proxies. */
  #there: ReadonlySet<string> = new Set();
  /** Why nothing is known. */
  problem: string | undefined = "istiod has not been asked yet";

  /** `began`: when they were asked for. `namespace`: the reports are all of that one; absent: all there are. */
  report(reports: readonly ProxyReport[], began: number, namespace?: string): void {
    this.problem = undefined;
    for (const report of reports) this.#note(report, began);
    if (namespace !== undefined) {
      this.#lookedAt.set(namespace, began);
      this.#reports.set(namespace, reports);
      return;
    }
    this.#reports.clear();
    for (const [place, members] of Map.groupBy(reports, (report) => report.namespace))
      this.#reports.set(place, members);
    this.#lookedAt.clear();
    this.#wholeAt = began;
  }

  #note(report: ProxyReport, began: number): void {
    const key = proxyKey(report);
    for (const subject of subjects) {
      const [nonces, seen] = [noncesOf(report, subject), this.#seen[subject]];
      if (seen.get(key)?.nonces !== nonces) seen.set(key, { nonces, at: began });
    }
    for (const { version } of Object.values(report.exchanges)) {
      const newest = this.#newest.get(report.istiod);
      if (version !== undefined && (newest === undefined || isLater(version, newest)))
        this.#newest.set(report.istiod, version);
    }
  }

  /** Undefined: not known. */
  of(namespace: string): readonly ProxyReport[] | undefined {
    return this.#reports.get(namespace) ?? (this.isWhole() ? [] : undefined);
  }

  /** Whether all proxies were looked at once: before, that there is none in a namespace is not known. */
  isWhole(): boolean {
    return this.#wholeAt > Number.NEGATIVE_INFINITY;
  }

  /** Those with proxies. */
  namespaces(): readonly string[] {
    return [...this.#reports.keys()];
  }

  all(): readonly ProxyReport[] {
    return [...this.#reports.values()].flat();
  }

  /** By istiod: the newest state that somebody was pushed, as far as it was seen. */
  newest(): ReadonlyMap<string, Version> {
    return new Map(this.#newest);
  }

  /** When the last look at a namespace began. */
  lookedAt(namespace: string): number {
    return this.#lookedAt.get(namespace) ?? this.#wholeAt;
  }

  /** When the first look began that showed the last pushes to a proxy that may have to do with the subject. */
  seenAt(report: ProxyReport, subject: Subject): number {
    return this.#seen[subject].get(proxyKey(report))?.at ?? Number.POSITIVE_INFINITY;
  }

  /** After a look at all: forgets what is gone. */
  prune(): void {
    const all = this.all();
    this.#there = new Set(all.map(proxyKey));
    for (const seen of Object.values(this.#seen))
      for (const key of seen.keys()) if (!this.isThere(key)) seen.delete(key);
    const istiods = new Set(all.map(({ istiod }) => istiod));
    for (const istiod of this.#newest.keys()) if (!istiods.has(istiod)) this.#newest.delete(istiod);
  }

  isThere(proxy: string): boolean {
    return this.#there.has(proxy);
  }
}
