// In: our own changes of EnvoyFilters and subsets, and what istiod told of pushes. Out: whether a proxy was pushed what came after the last change.
//
// A write is answered before istiod hears of it: a push that was made of the state before may reach a proxy after the answer. It is told from
// ours by three things: it was made of a later state than any that was seen when the write began; no push followed it for a moment
// (istiod waits 100 ms for further changes, unless it is told otherwise); and where another change of ours may be under way to the
// proxies still, for a long moment, as measured by that one.

import type { Exchange, ProxyReport, Version } from "../reconcile/ports.ts";
import { isLater, noncesOf, pushesOf, type Subject, subjects } from "./pushes.ts";
import { proxyKey, type SyncStatus } from "./sync-status.ts";

/** Milliseconds for which nothing may follow a push; where another change may be under way, at least; and so many times as long as it took. */
const still = 300;
const longStill = 3_000;
const times = 2;
/** Milliseconds after which istiod has pushed a change however many follow (PILOT_DEBOUNCE_MAX). */
const longestWait = 10_000;

export type Change = {
  readonly namespace: string;
  readonly subject: Subject;
  readonly began: number;
  /** By istiod. */
  readonly newest: ReadonlyMap<string, Version>;
  /** Of the namespace, as they were then. */
  readonly reports: readonly ProxyReport[];
  /** When the first of the changes began that may be under way still. */
  readonly since?: number;
};

type Ended = { readonly change: Change; readonly at: number };

export class ChangeTracker {
  readonly #syncStatus: SyncStatus;
  /** When this memory begins: what was written just before nobody remembers. */
  readonly #start: number;
  /** Namespace → how many. */
  readonly #underWay = new Map<string, number>();
  /** By subject and namespace: the last one. */
  readonly #last: Readonly<Record<Subject, Map<string, Ended>>> = { filters: new Map(), subsets: new Map() };
  /** Namespaces whose last changes all proxies have. */
  readonly #settled = new Set<string>();

  constructor(syncStatus: SyncStatus, start: number) {
    this.#syncStatus = syncStatus;
    this.#start = start;
  }

  /** A write is about to change what a namespace's proxies are pushed. `isFirst`: they have nothing of the kind. */
  begin(namespace: string, subject: Subject, isFirst: boolean, now: number): Change {
    const since = this.#unsettledSince(namespace, subject, isFirst, now);
    const change: Change = {
      ...{ namespace, subject, began: now, newest: this.#syncStatus.newest() },
      reports: this.#syncStatus.of(namespace) ?? [],
      ...(since === undefined ? {} : { since }),
    };
    this.#underWay.set(namespace, (this.#underWay.get(namespace) ?? 0) + 1);
    return change;
  }

  /** It was answered, or failed. `hasChanged`: istiod pushes for it. */
  end(change: Change, hasChanged: boolean, now: number): void {
    const left = this.#underWay.get(change.namespace)! - 1;
    if (left === 0) this.#underWay.delete(change.namespace);
    else this.#underWay.set(change.namespace, left);
    if (!hasChanged) return;
    const last = this.#last[change.subject];
    const before = last.get(change.namespace)?.change;
    // Two at once may end in another order: a push has to be of after both.
    const isEarlier = before !== undefined && before.began > change.began;
    const since = Math.min(before?.since ?? Number.POSITIVE_INFINITY, change.since ?? change.began);
    last.set(change.namespace, { change: isEarlier ? { ...before, since } : change, at: now });
    this.#settled.delete(change.namespace);
  }

  /** All proxies of a namespace were seen to have what they should. */
  settle(namespace: string): void {
    const isKnown = this.#syncStatus.problem === undefined && this.#syncStatus.isWhole();
    if (isKnown && !this.isUnderWay(namespace)) this.#settled.add(namespace);
  }

  isUnderWay(namespace: string): boolean {
    return this.#underWay.has(namespace);
  }

  /** Forgets namespaces without objects of ours, once the removal of the last is long over. */
  keep(isThere: (namespace: string) => boolean, now: number): void {
    for (const last of Object.values(this.#last))
      for (const [namespace, { at }] of last)
        if (!isThere(namespace) && now - at >= longestWait) last.delete(namespace);
    for (const namespace of this.#settled) if (!isThere(namespace)) this.#settled.delete(namespace);
  }

  /** Of the namespace and, as a gateway is pushed for all EnvoyFilters of the mesh, of the others. */
  #unsettledSince(namespace: string, subject: Subject, isFirst: boolean, now: number): number | undefined {
    const isOfAll = (this.#syncStatus.of(namespace) ?? []).some(({ isGateway }) => isGateway);
    const begins = (isOfAll ? [...this.#last[subject].keys()] : [namespace]).flatMap((place) => {
      const last = this.#settled.has(place) ? undefined : this.#last[subject].get(place);
      return last === undefined || now - last.at >= longestWait ? [] : (last.change.since ?? last.at);
    });
    // What another leader wrote just before.
    const isNew = now - this.#start < longestWait && !this.#last[subject].has(namespace);
    if (isNew && !isFirst) begins.push(this.#start);
    return begins.length === 0 ? undefined : Math.min(...begins);
  }

  /** Whether pushes to a proxy are of after our last change of the subject. */
  isAfter(report: ProxyReport, subject: Subject, pushes: readonly Exchange[] = pushesOf(report, subject)): boolean {
    const last = this.#last[subject].get(report.namespace);
    if (last === undefined) return true;
    const base = last.change.newest.get(report.istiod);
    const isNew = (): boolean => {
      const before = last.change.reports.find((one) => proxyKey(one) === proxyKey(report));
      return before === undefined || noncesOf(report, subject) !== noncesOf(before, subject);
    };
    return pushes.every(({ version }) =>
      version === undefined || base === undefined ? isNew() : isLater(version, base),
    );
  }

  /** Whether the proxy was pushed what came of our last changes, and nothing else may follow. */
  isPushed(report: ProxyReport, now: number): boolean {
    if (this.isUnderWay(report.namespace)) return false;
    return subjects.every((subject) => this.#isPushed(report, subject, now));
  }

  #isPushed(report: ProxyReport, subject: Subject, now: number): boolean {
    const last = this.#last[subject].get(report.namespace);
    const isOld = now - (last?.at ?? this.#start) >= longestWait;
    // Subsets that another leader wrote just before are in the push of what this one wrote since.
    if (last === undefined) return isOld || (subject === "subsets" && this.#last.filters.has(report.namespace));
    // A proxy that does not see the host of a rule is pushed nothing for it.
    if (!this.isAfter(report, subject)) return isOld && subject === "subsets";
    // Written while istiod told nothing: which push is of after it can't be told.
    const isBlind = last.change.newest.size === 0 && last.change.reports.length === 0;
    if (isBlind) return isOld;
    const seenAt = this.#syncStatus.seenAt(report, subject);
    return isOld || this.#syncStatus.lookedAt(report.namespace) - seenAt >= stillness(last.change, seenAt);
  }

  /** Whether another may have written just before this memory begins, and nothing was since. */
  isTooEarly(namespace: string, now: number): boolean {
    return now - this.#start < longestWait && subjects.every((subject) => !this.#last[subject].has(namespace));
  }
}

function stillness({ since }: Change, seenAt: number): number {
  return since === undefined ? still : Math.max(longStill, times * (seenAt - since));
}
