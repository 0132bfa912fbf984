// In: our own changes of EnvoyFilters, and what istiod told of pushes. Out: whether a proxy was pushed what came after the last change.
//
// A write is answered before istiod hears of it: a push that was made of the state before may reach a proxy after the answer. It is told from
// ours by three things: it was made of a later state than any that was seen when the write began; no push followed it for a moment
// (istiod waits 100 ms for further changes, unless it is told otherwise); and where another change of ours may be under way to the
// proxies still, for a long moment, as measured by that one.
import { type Observation, proxyKey } from "./observation.ts";
import type { Exchange, ProxyReport, Version } from "./ports.ts";
import { isLater, noncesOfOurs, pushesOfOurs } from "./pushes.ts";

/** Milliseconds for which nothing may follow a push; where another change may be under way, at least; and so many times as long as it took. */
const still = 300;
const longStill = 3_000;
const times = 2;
/** Milliseconds after which istiod has pushed a change however many follow (PILOT_DEBOUNCE_MAX). */
const longestWait = 10_000;

export type Change = {
  readonly namespace: string;
  readonly began: number;
  readonly newest: ReadonlyMap<string, Version>;
  /** Of proxies. */
  readonly nonces: ReadonlyMap<string, string>;
  /** When the first of the changes began that may be under way still. */
  readonly since?: number;
};

type Ended = { readonly change: Change; readonly at: number };

export class Changes {
  readonly #observation: Observation;
  /** When this memory begins: what was written just before nobody remembers. */
  readonly #start: number;
  readonly #underWay = new Set<Change>();
  /** Namespace → its last change. */
  readonly #last = new Map<string, Ended>();
  /** Namespaces whose last change all proxies have. */
  readonly #settled = new Set<string>();

  constructor(observation: Observation, start: number) {
    this.#observation = observation;
    this.#start = start;
  }

  /** A write is about to change EnvoyFilters of a namespace. `isFirst`: it has none. */
  begin(namespace: string, isFirst: boolean, now: number): Change {
    const reports = this.#observation.of(namespace) ?? [];
    const since = this.#unsettledSince(namespace, isFirst, now);
    const change: Change = {
      namespace,
      began: now,
      newest: this.#observation.newest(),
      nonces: new Map(reports.map((report) => [proxyKey(report), noncesOfOurs(report)])),
      ...(since === undefined ? {} : { since }),
    };
    this.#underWay.add(change);
    return change;
  }

  /** It was answered, or failed. `hasChanged`: istiod pushes for it. */
  end(change: Change, hasChanged: boolean, now: number): void {
    this.#underWay.delete(change);
    if (!hasChanged) return;
    const before = this.#last.get(change.namespace)?.change;
    // Two at once may end in another order: a push has to be of after both.
    const isEarlier = before !== undefined && before.began > change.began;
    const since = Math.min(before?.since ?? Number.POSITIVE_INFINITY, change.since ?? change.began);
    this.#last.set(change.namespace, { change: isEarlier ? { ...before, since } : change, at: now });
    this.#settled.delete(change.namespace);
  }

  /** All proxies of a namespace were seen to have what it should. */
  settle(namespace: string): void {
    this.#settled.add(namespace);
  }

  isUnderWay(namespace: string): boolean {
    return [...this.#underWay].some((change) => change.namespace === namespace);
  }

  keep(isThere: (namespace: string) => boolean): void {
    for (const namespace of this.#last.keys()) if (!isThere(namespace)) this.#last.delete(namespace);
    for (const namespace of this.#settled) if (!isThere(namespace)) this.#settled.delete(namespace);
  }

  /** Of the namespace and, as a gateway is pushed for all EnvoyFilters of the mesh, of the others. */
  #unsettledSince(namespace: string, isFirst: boolean, now: number): number | undefined {
    const known = [...this.#last].filter(([place, { at }]) => !this.#settled.has(place) && now - at < longestWait);
    const mine = known.filter(([place]) => place === namespace || this.#hasGateway(namespace));
    const begins = mine.map(([, { change, at }]) => change.since ?? at);
    // What another leader wrote just before.
    if (!isFirst && !this.#last.has(namespace) && now - this.#start < longestWait) begins.push(this.#start);
    return begins.length === 0 ? undefined : Math.min(...begins);
  }

  #hasGateway(namespace: string): boolean {
    return (this.#observation.of(namespace) ?? []).some(({ isGateway }) => isGateway);
  }

  /** Whether the last push to the proxy is of after our last change. `pushes`: other ones than those that tell of our objects. */
  isAfter(report: ProxyReport, pushes: readonly Exchange[] = pushesOfOurs(report)): boolean {
    const last = this.#last.get(report.namespace);
    if (this.isUnderWay(report.namespace)) return false;
    if (last === undefined) return true;
    const base = last.change.newest.get(report.istiod);
    const isNew = noncesOfOurs(report) !== last.change.nonces.get(proxyKey(report));
    return pushes.every(({ version }) =>
      version === undefined || base === undefined ? isNew : isLater(version, base),
    );
  }

  /** Whether the proxy was pushed what came of our last change, and nothing else may follow. */
  isPushed(report: ProxyReport, now: number): boolean {
    if (!this.isAfter(report)) return false;
    const seenAt = this.#observation.seenAt(report);
    return this.#observation.lookedAt(report.namespace) - seenAt >= this.#stillness(report.namespace, seenAt, now);
  }

  #stillness(namespace: string, seenAt: number, now: number): number {
    const last = this.#last.get(namespace);
    if (now - (last?.at ?? this.#start) >= longestWait) return 0;
    if (last === undefined) return longStill;
    const { since } = last.change;
    return since === undefined ? still : Math.max(longStill, times * (seenAt - since));
  }
}
