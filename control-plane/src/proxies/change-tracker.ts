// Tracks the controller's changes of EnvoyFilters and subsets to the proxies: whether the result of the last change was pushed to a proxy.
//
// The API server answers a write before istiod hears of it, so a push from the previous state may reach a proxy after that answer. Three
// things identify the push of the change: it was made from a later state than any that polls had shown when the write began; no other push
// followed it for a moment (istiod waits 100 ms for further changes unless configured otherwise), in which istiod heard of no change that
// puts off another push; and if another change may still be on its way to the proxies, none followed for longer, in proportion to how long
// that change takes. Writes that begin at the same time are one change, because istiod may push them together or one by one.
import type { Debounce, Exchange, ProxyReport, Version } from "../reconcile/ports.ts";
import { isLater, noncesOf, pushesOf, type Subject, subjects } from "./pushes.ts";
import { proxyKey, type SyncStatus } from "./sync-status.ts";

/** Milliseconds for which no other push may follow; more, if istiod waits longer than half of it for further changes. */
const still = 300;
/**
 * The same if another change may still be in progress: at least this many milliseconds, and this many times as long as that change took.
 */
const longStill = 3_000;
const times = 2;
/** Milliseconds from the end of istiod's longest wait for further changes until its push is generated and sent. */
const longestPush = 3_000;

export type Change = {
  readonly namespace: string;
  readonly subject: Subject;
  readonly began: number;
  /** The newest state that polls had shown, by istiod. */
  readonly newest: ReadonlyMap<string, Version>;
  /** The namespace's proxies at that time. */
  readonly reports: readonly ProxyReport[];
  /** Written while istiod did not answer, so no push can be recognised as a later one. */
  readonly isBlind: boolean;
  /** When the first of the earlier changes began that may still be in progress. */
  readonly since?: number;
  /** Whether others began at the same time. */
  readonly isOfSeveral: boolean;
};

/** `isFirst`: the namespace has no objects of Expedite's yet. */
export type Beginning = Pick<Change, "namespace" | "subject"> & { readonly isFirst: boolean; readonly now: number };

type Ended = {
  readonly change: Change;
  readonly at: number;
  /** All proxies of the namespace have it. */
  readonly isSettled: boolean;
};

export class ChangeTracker {
  readonly #syncStatus: SyncStatus;
  readonly #debounce: () => Debounce;
  /** When this leader began; what another leader wrote just before is not known. */
  readonly #start: number;
  /** Number of unanswered writes, by namespace. */
  readonly #underWay = new Map<string, number>();
  /** The last change, by subject and namespace. */
  readonly #last: Readonly<Record<Subject, Map<string, Ended>>> = { filters: new Map(), subsets: new Map() };

  constructor(syncStatus: SyncStatus, debounce: () => Debounce, start: number) {
    this.#syncStatus = syncStatus;
    this.#debounce = debounce;
    this.#start = start;
  }

  /** Milliseconds after which istiod has pushed a change, however many others follow. */
  #longestWait(): number {
    return this.#debounce().max + longestPush;
  }

  /** Begins a write that changes what a namespace's proxies are pushed. */
  begin({ namespace, subject, isFirst, now }: Beginning): Change {
    const since = this.#unsettledSince({ namespace, subject, isFirst, now });
    const change: Change = {
      namespace,
      subject,
      began: now,
      newest: this.#syncStatus.newest(),
      reports: this.#syncStatus.of(namespace) ?? [],
      isBlind: this.#syncStatus.problem !== undefined,
      isOfSeveral: false,
      ...(since === undefined ? {} : { since }),
    };
    this.#underWay.set(namespace, (this.#underWay.get(namespace) ?? 0) + 1);
    return change;
  }

  /** Ends the write, answered or failed. `hasChanged`: istiod pushes for it. */
  end(change: Change, hasChanged: boolean, now: number): void {
    const left = this.#underWay.get(change.namespace)! - 1;
    if (left === 0) this.#underWay.delete(change.namespace);
    else this.#underWay.set(change.namespace, left);
    if (!hasChanged) return;
    const last = this.#last[change.subject];
    const before = last.get(change.namespace)?.change;
    // Concurrent writes may end in another order than they began, and a push has to follow both.
    const isEarlier = before !== undefined && before.began > change.began;
    const since = Math.min(before?.since ?? Number.POSITIVE_INFINITY, change.since ?? change.began);
    const isBlind = change.isBlind || (isEarlier && before.isBlind);
    const isOfSeveral = before?.began === change.began;
    last.set(change.namespace, {
      change: isEarlier ? { ...before, since, isBlind } : { ...change, isOfSeveral },
      at: now,
      isSettled: false,
    });
  }

  /** All proxies of a namespace have what they should. */
  settle(namespace: string): void {
    const isKnown = this.#syncStatus.problem === undefined && this.#syncStatus.isComplete();
    if (!isKnown || this.isUnderWay(namespace)) return;
    for (const last of Object.values(this.#last)) {
      const ended = last.get(namespace);
      if (ended !== undefined && !ended.isSettled) last.set(namespace, { ...ended, isSettled: true });
    }
  }

  /** Namespaces whose proxies may not have the last changes of EnvoyFilters yet. */
  unsettled(now: number): readonly string[] {
    return [...this.#last.filters]
      .filter(([, { at, isSettled }]) => now - at < this.#longestWait() && !isSettled)
      .map(([namespace]) => namespace);
  }

  isUnderWay(namespace: string): boolean {
    return this.#underWay.has(namespace);
  }

  /** Forgets namespaces without objects of Expedite's, once the removal of the last object is long over. */
  keep(isThere: (namespace: string) => boolean, now: number): void {
    for (const last of Object.values(this.#last))
      for (const [namespace, { at }] of last)
        if (!isThere(namespace) && now - at >= this.#longestWait()) last.delete(namespace);
  }

  /** A gateway is pushed for EnvoyFilters of all namespaces, so for a gateway's namespace the changes of all count. */
  #unsettledSince({ namespace, subject, isFirst, now }: Beginning): number | undefined {
    const isOfAll = (this.#syncStatus.of(namespace) ?? []).some(({ isGateway }) => isGateway);
    const begins = (isOfAll ? [...this.#last[subject].keys()] : [namespace]).flatMap((place) => {
      const last = this.#last[subject].get(place);
      return last === undefined || last.isSettled || now - last.at >= this.#longestWait()
        ? []
        : (last.change.since ?? last.at);
    });
    // Another leader may have written just before.
    const isNew = now - this.#start < this.#longestWait() && !this.#last[subject].has(namespace);
    if (isNew && !isFirst) begins.push(this.#start);
    return begins.length === 0 ? undefined : Math.min(...begins);
  }

  /** Whether pushes to a proxy were made after the last change of the subject. */
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

  /** Whether the proxy was pushed the result of the last changes, and no more of it can follow. */
  isPushed(report: ProxyReport, now: number): boolean {
    if (this.isUnderWay(report.namespace)) return false;
    return subjects.every((subject) => this.#isPushed(report, subject, now));
  }

  #isPushed(report: ProxyReport, subject: Subject, now: number): boolean {
    const last = this.#last[subject].get(report.namespace);
    const isOld = now - (last?.at ?? this.#start) >= this.#longestWait();
    // Subsets that another leader wrote just before arrive with the push of what this one has written since.
    if (last === undefined) return isOld || (subject === "subsets" && this.#last.filters.has(report.namespace));
    // A proxy that does not see a rule's host gets no push for it.
    if (!this.isAfter(report, subject)) return isOld && subject === "subsets";
    if (last.change.isBlind || !this.#isOfSameRun(last.change, report, subject)) return isOld;
    // What all proxies are known to have is not followed by more of it.
    if (isOld || last.isSettled) return true;
    const seenAt = this.#syncStatus.seenAt(report, subject);
    const since = Math.max(seenAt, last.at, this.#syncStatus.quietSince());
    return this.#syncStatus.polledAt(report.namespace) - since >= this.#stillness(last.change, seenAt);
  }

  /** Whether the proxy is served by an istiod that was known when the change began: another one may have pushed what it knew before. */
  #isOfSameRun({ newest }: Change, report: ProxyReport, subject: Subject): boolean {
    const versions = pushesOf(report, subject).flatMap(({ version }) => version ?? []);
    const base = newest.get(report.istiod);
    // Nonces of another form don't identify a run.
    return versions.length === 0 || (base !== undefined && versions.every(({ count }) => count >= base.count));
  }

  /** Whether another leader may have written just before this one began, and this one has written nothing since. */
  isTooEarly(namespace: string, now: number): boolean {
    return now - this.#start < this.#longestWait() && subjects.every((subject) => !this.#last[subject].has(namespace));
  }

  /** Milliseconds for which nothing may follow a push that was first seen at `seenAt`. */
  #stillness({ since, began, isOfSeveral }: Change, seenAt: number): number {
    const least = Math.max(still, 2 * this.#debounce().after);
    if (since !== undefined) return Math.max(longStill, least, times * (seenAt - since));
    return isOfSeveral ? Math.max(least, times * (seenAt - began)) : least;
  }
}
