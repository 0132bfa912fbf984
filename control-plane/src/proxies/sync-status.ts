// Keeps istiod's last report about the proxies: which pushes it sent, which of them were acknowledged, and when a poll first showed that.
import type { ProxyReport, Version } from "../reconcile/ports.ts";
import { isLater, noncesOf, type Subject, subjects } from "./pushes.ts";

export const proxyKey = ({ namespace, pod }: Pick<ProxyReport, "namespace" | "pod">): string => `${namespace}/${pod}`;

type Seen = Map<string, { readonly nonces: string; readonly at: number }>;

export class SyncStatus {
  /** By namespace. Absent if nothing is known about it. */
  readonly #reports = new Map<string, readonly ProxyReport[]>();
  /** The last relevant pushes by subject and proxy, and when the first poll that showed them began. */
  readonly #seen: Readonly<Record<Subject, Seen>> = { filters: new Map(), subsets: new Map() };
  /** The newest state that was pushed to a proxy, by istiod. */
  readonly #newest = new Map<string, Version>();
  /** When the poll began that a namespace's reports come from; or the last poll of all proxies. */
  readonly #polledAt = new Map<string, number>();
  #allPolledAt = Number.NEGATIVE_INFINITY;
  /** When all proxies were first polled. */
  #completeAt = Number.POSITIVE_INFINITY;
  /** What the last answer told of the changes that istiod has heard of, and when an answer first told the same. */
  #heard: { readonly changes: string | undefined; readonly at: number } = { changes: undefined, at: 0 };
  /** Proxies in the last poll of all proxies. */
  #there: ReadonlySet<string> = new Set();
  /** Proxies that istiod no longer reports, by namespace and key: the last report of each. */
  readonly #lost = new Map<string, Map<string, ProxyReport>>();
  /** Why nothing is known. */
  problem: string | undefined = "istiod has not been asked yet";

  /** `began`: when the request was sent. `namespace`: the reports are all proxies of it; absent: all proxies of the mesh. */
  report(reports: readonly ProxyReport[], began: number, namespace?: string): void {
    this.problem = undefined;
    const before = namespace === undefined ? this.all() : (this.#reports.get(namespace) ?? []);
    const there = new Set(reports.map(proxyKey));
    for (const report of before) if (!there.has(proxyKey(report))) this.#lose(report);
    for (const report of reports) this.#note(report, began);
    if (namespace !== undefined) {
      this.#polledAt.set(namespace, began);
      this.#reports.set(namespace, reports);
      return;
    }
    this.#reports.clear();
    for (const [place, members] of Map.groupBy(reports, (report) => report.namespace))
      this.#reports.set(place, members);
    this.#polledAt.clear();
    this.#allPolledAt = began;
    this.#completeAt = Math.min(this.#completeAt, began);
  }

  #lose(report: ProxyReport): void {
    const members = this.#lost.get(report.namespace) ?? new Map<string, ProxyReport>();
    this.#lost.set(report.namespace, members.set(proxyKey(report), report));
  }

  #note(report: ProxyReport, began: number): void {
    const key = proxyKey(report);
    this.#lost.get(report.namespace)?.delete(key);
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

  /** `changes`: differs when istiod has heard of another change; undefined: not known. `now`: when it was answered. */
  noteHeard(changes: string | undefined, now: number): void {
    if (changes === undefined || changes !== this.#heard.changes) this.#heard = { changes, at: now };
  }

  /** Since when istiod has not heard of another change, as far as its last answer told; infinity: not known. */
  quietSince(): number {
    return this.#heard.changes === undefined ? Number.POSITIVE_INFINITY : this.#heard.at;
  }

  /** Undefined if it is not known. */
  of(namespace: string): readonly ProxyReport[] | undefined {
    return this.#reports.get(namespace) ?? (this.isComplete() ? [] : undefined);
  }

  /** Whether all proxies have been polled once. Before that, it is not known whether a namespace has none. */
  isComplete(): boolean {
    return this.#allPolledAt > Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds since all proxies were first polled; until then none of them can be known to be lost. */
  age(now: number): number {
    return now - this.#completeAt;
  }

  /** Namespaces with proxies. */
  namespaces(): readonly string[] {
    return [...this.#reports.keys()];
  }

  all(): readonly ProxyReport[] {
    return [...this.#reports.values()].flat();
  }

  /** The newest state that was pushed to a proxy, by istiod, as far as polls showed it. */
  newest(): ReadonlyMap<string, Version> {
    return new Map(this.#newest);
  }

  /** Proxies of a namespace that were connected to istiod and no longer are: after a restart of istiod they reconnect one by one. */
  lost(namespace: string): readonly ProxyReport[] {
    return [...(this.#lost.get(namespace)?.values() ?? [])];
  }

  /** Forgets lost proxies for which this returns true. */
  forgetLost(isGone: (report: ProxyReport) => boolean): void {
    for (const [namespace, members] of this.#lost) {
      for (const [key, report] of members) if (isGone(report)) members.delete(key);
      if (members.size === 0) this.#lost.delete(namespace);
    }
  }

  /** When the last poll of a namespace began. */
  polledAt(namespace: string): number {
    return this.#polledAt.get(namespace) ?? this.#allPolledAt;
  }

  /** When the first poll began that showed the proxy's last pushes relevant for the subject. */
  seenAt(report: ProxyReport, subject: Subject): number {
    return this.#seen[subject].get(proxyKey(report))?.at ?? Number.POSITIVE_INFINITY;
  }

  /** After a poll of all proxies: forgets those that are gone. */
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

  /** Whether the proxy is connected or lost. `proxy`: its key. */
  isKnown(proxy: string): boolean {
    return this.isThere(proxy) || [...this.#lost.values()].some((members) => members.has(proxy));
  }
}
