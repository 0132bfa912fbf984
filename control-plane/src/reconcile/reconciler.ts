// In: the world, and what was seen of the mesh. Out: the next writes of each namespace under way, statuses, and when to look again. One turn
// is one call without a wait; what is under way wakes the loop when it is over. Nothing but time and evidence is remembered from turn to turn.
import type { Plan } from "../core/plan.ts";
import { ChangeTracker } from "../proxies/change-tracker.ts";
import { ProxyEvaluator } from "../proxies/evaluate-proxies.ts";
import { FilterHealthTracker } from "../proxies/filter-health.ts";
import { type Focus, Poller } from "../proxies/poller.ts";
import { Probe } from "../proxies/probe.ts";
import { ProgrammedHysteresis } from "../proxies/programmed-hysteresis.ts";
import { type NamespaceState, namespaceStateOf } from "../proxies/proxy-groups.ts";
import type { ProxyState } from "../proxies/proxy-state.ts";
import { proxyKey, SyncStatus } from "../proxies/sync-status.ts";
import type { Facts } from "../status/conditions.ts";
import { StatusUpdater } from "../status/status-updater.ts";
import { Applier } from "../writes/apply.ts";
import type { Write } from "../writes/differences.ts";
import { hideSubsets } from "../writes/hide-subsets.ts";
import { type ModuleRollout, moduleRollout } from "../writes/module-rollout.ts";
import { MutationCache } from "../writes/mutation-cache.ts";
import { Rollback } from "../writes/rollback.ts";
import { WorkQueue } from "../writes/work-queue.ts";
import type { Clock } from "./clock.ts";
import type { DesiredState } from "./desired-state.ts";
import type { Observer } from "./observer.ts";
import { byNamespace, type Objects } from "./owned-objects.ts";
import type { CacheState, Kubernetes, Mesh, ProxyReport } from "./ports.ts";
import { Schedule } from "./schedule.ts";

export type ReconcilerOptions = {
  /** What the mesh should have in this world. Called once for each revision of it. */
  readonly desiredState: (cacheState: CacheState) => DesiredState;
  readonly kubernetes: Kubernetes;
  readonly mesh: Mesh;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
};

/** Milliseconds without a reason to turn. */
export const idle = 30_000;

const none: Objects = new Map();

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #syncStatus = new SyncStatus();
  readonly #filterHealth = new FilterHealthTracker();
  readonly #stored = new MutationCache();
  readonly #changes: ChangeTracker;
  readonly #rollback: Rollback;
  readonly #hysteresis = new ProgrammedHysteresis();
  readonly #view: ProxyEvaluator;
  readonly #schedule: Schedule;
  readonly #queue: WorkQueue;
  readonly #writes: Applier;
  readonly #poller: Poller;
  readonly #statusUpdater: StatusUpdater;
  #desired: DesiredState | undefined;
  #proxyStates: readonly ProxyState[] | undefined;
  #looking: Promise<void> | undefined;
  readonly #wake: () => void;

  constructor(options: ReconcilerOptions, wake: () => void) {
    const { clock, mesh } = options;
    this.#options = options;
    this.#wake = wake;
    this.#changes = new ChangeTracker(this.#syncStatus, clock.now());
    this.#rollback = new Rollback(this.#changes);
    this.#schedule = new Schedule(clock);
    this.#queue = new WorkQueue(clock, wake);
    const probe = new Probe({ mesh, filterHealth: this.#filterHealth, clock, done: wake });
    this.#poller = new Poller(mesh, this.#syncStatus, this.#filterHealth, probe, clock);
    this.#statusUpdater = new StatusUpdater(options, clock, wake);
    const memory = {
      syncStatus: this.#syncStatus,
      changes: this.#changes,
      rollback: this.#rollback,
      hysteresis: this.#hysteresis,
    };
    this.#writes = new Applier({
      ...{ ...options, ...memory },
      ...{ stored: this.#stored, queue: this.#queue, schedule: this.#schedule },
    });
    this.#view = new ProxyEvaluator({ ...memory, filterHealth: this.#filterHealth });
  }

  plan(): Plan | undefined {
    return this.#desired?.plan;
  }

  states(): readonly ProxyState[] | undefined {
    return this.#proxyStates;
  }

  /** Resolves when no write is under way. A look may be: istiod may not answer for long, and nobody needs what it says any more. */
  async over(): Promise<void> {
    await Promise.all([this.#queue.idle(), this.#statusUpdater.idle()]);
  }

  /** @returns milliseconds until the next turn, unless something wakes the loop before */
  take(): number {
    const { kubernetes, clock } = this.#options;
    const cacheState = kubernetes.cacheState();
    if (cacheState === undefined) return idle;
    const holdoff = this.#schedule.holdoff(cacheState.revision, this.#desired?.revision);
    if (holdoff === 0) this.#read(cacheState);
    const desired = this.#desired;
    if (desired === undefined) return holdoff;
    const dues = [idle, holdoff === 0 ? idle : holdoff];
    // Before the first look nobody knows which refusals are older than we are.
    if (this.#schedule.hasLooked()) dues.push(...this.#follow(cacheState, desired, clock.now()));
    else this.#look({ namespaces: new Set(), groupOf: () => undefined, probeOf: () => undefined }, true);
    return Math.max(0, Math.min(...dues));
  }

  #read(cacheState: CacheState): void {
    if (this.#desired?.revision === cacheState.revision) return;
    const before = this.#desired?.wanted;
    const began = this.#options.clock.now();
    this.#desired = this.#options.desiredState(cacheState);
    this.#schedule.read(this.#options.clock.now() - began);
    for (const [key, { ref, summary }] of this.#desired.wanted ?? none)
      if (before?.get(key)?.summary.digest !== summary.digest) {
        this.#schedule.stir(ref.metadata.namespace);
        this.#queue.forgive(key);
      }
    for (const [key, { ref }] of before ?? none)
      if (!this.#desired.wanted?.has(key)) this.#schedule.stir(ref.metadata.namespace);
  }

  #follow(cacheState: CacheState, desired: DesiredState, now: number): readonly number[] {
    const stored = this.#stored.view(cacheState.owned, now);
    const all = desired.wanted ?? new Map([...stored.values()].flatMap((members) => [...members]));
    this.#rollback.look(this.#syncStatus, all, now);
    this.#rollback.review(stored, now);
    const shown = hideSubsets(desired, this.#rollback.refusingSubsets(), cacheState.snapshot?.destinationRules ?? []);
    const wanted = byNamespace(this.#rollback.remaining(shown.wanted ?? all));
    const namespaceStates = this.#namespaceStates(cacheState, desired, stored, wanted);
    this.#writes.keep(namespaceStates);
    const states = new Map(
      [...namespaceStates].map(([namespace, namespaceState]) => [
        namespace,
        this.#states(namespace, namespaceState, now),
      ]),
    );
    const rollout = moduleRollout(all, stored, this.#view.health(namespaceStates, states));
    const dues: number[] = [];
    const unwritten = new Map<string, string>();
    const unsettled = new Set(rollout.ahead);
    for (const [namespace, namespaceState] of namespaceStates) {
      const missing = this.#missing(namespace, namespaceState, shown, rollout);
      if (missing.length > 0) {
        unwritten.set(namespace, this.#writes.failure(missing) ?? "is being written");
        dues.push(...this.#writes.advance(missing, namespaceState, { desired: shown, ladder: cacheState.ladder }));
      }
      const isPending = states.get(namespace)!.some(({ state }) => state === "pending" || state === "refused");
      if (unwritten.has(namespace) || (isPending && !rollout.waiting.has(namespace))) unsettled.add(namespace);
    }
    if (unwritten.size === 0) desired.drop();
    this.#proxyStates = [...states.values()].flat();
    const metrics = new Map(
      [...namespaceStates].map(([namespace, namespaceState]) => [namespace, this.#view.metrics(namespaceState)]),
    );
    this.#report(cacheState, desired, { proxies: states, rollout, unwritten, metrics }, dues);
    this.#look(this.#focus(namespaceStates, unsettled, rollout, cacheState), false, dues);
    return dues;
  }

  #namespaceStates(
    cacheState: CacheState,
    { plan }: DesiredState,
    stored: ReadonlyMap<string, Objects>,
    wanted: ReadonlyMap<string, Objects>,
  ): ReadonlyMap<string, NamespaceState> {
    const optedOut = new Map(plan?.enrolments.map(({ namespace, optedOut: pods }) => [namespace, new Set(pods)]));
    const names = [...new Set([...wanted.keys(), ...stored.keys()])].sort();
    return new Map(
      names.map((namespace) => {
        const [there, asked] = [stored.get(namespace) ?? none, wanted.get(namespace) ?? none];
        const isCurrent = (key: string): boolean =>
          this.#stored.isCurrent(key, asked.get(key)!.summary, there.get(key)?.summary);
        const parts = { namespace, stored: there, wanted: asked, isCurrent, pod: cacheState.pod };
        return [namespace, namespaceStateOf({ ...parts, optedOut: optedOut.get(namespace) ?? new Set() })];
      }),
    );
  }

  #states(namespace: string, namespaceState: NamespaceState, now: number): readonly ProxyState[] {
    const open = namespaceState.differences;
    const unwritten =
      open.length === 0 ? undefined : (this.#writes.failure(open) ?? "what it should have is not stored yet");
    const states = this.#view.states(namespaceState, unwritten, now);
    const isPending = states.some(({ state }) => state === "pending" || state === "refused");
    if (!isPending) this.#changes.settle(namespace);
    return states;
  }

  /** Of what is to be written that which may be. */
  #missing(
    namespace: string,
    namespaceState: NamespaceState,
    desired: DesiredState,
    { held }: ModuleRollout,
  ): readonly Write[] {
    if (desired.wanted === undefined || desired.withheld.has(namespace)) return [];
    return namespaceState.differences.filter(({ key }) => !held.has(key));
  }

  #report(
    cacheState: CacheState,
    desired: DesiredState,
    { rollout, ...facts }: { readonly rollout: ModuleRollout } & Pick<Facts, "proxies" | "unwritten" | "metrics">,
    dues: number[],
  ): void {
    const { problem } = this.#syncStatus;
    const due = this.#statusUpdater.report(cacheState.policies, desired, {
      ...{ verdicts: desired.verdicts, mode: desired.plan?.mode, reach: desired.reach, ...facts },
      ...(desired.undecided === undefined ? {} : { undecided: desired.undecided }),
      ...(problem === undefined || (desired.wanted?.size ?? 0) === 0 ? {} : { proxiesUnknown: problem }),
      withheld: new Map([...rollout.waiting, ...this.#rollback.reasons(), ...desired.withheld]),
    });
    if (due !== undefined) dues.push(due);
  }

  #focus(
    namespaceStates: ReadonlyMap<string, NamespaceState>,
    namespaces: ReadonlySet<string>,
    rollout: ModuleRollout,
    cacheState: CacheState,
  ): Focus {
    const isWatched = new Set(rollout.ahead);
    return {
      namespaces,
      groupOf: (report) => namespaceStates.get(report.namespace)?.groupOf(report),
      probeOf: (report) => {
        const namespaceState = namespaceStates.get(report.namespace);
        if (namespaceState === undefined) return undefined;
        const address = cacheState.pod(report.namespace, report.pod)?.address;
        const expected = namespaceState.expectedConfigOf(report);
        const isDue = this.#filterHealth.isDue(
          proxyKey(report),
          expected,
          isWatched.has(report.namespace),
          this.#options.clock.now(),
        );
        return isDue && this.#isAcknowledged(report) ? { address, expected } : undefined;
      },
    };
  }

  /** What it has not taken it can't run. */
  #isAcknowledged({ exchanges }: ProxyReport): boolean {
    return exchanges.ECDS?.isAcknowledged === true;
  }

  /** One at a time. */
  #look(focus: Focus, isFirst: boolean, dues: number[] = []): void {
    if (this.#looking !== undefined) return;
    const { wait, isWhole } = this.#schedule.look(focus.namespaces);
    if (wait > 0 && !isFirst) {
      dues.push(wait);
      return;
    }
    this.#looking = this.#poller.look(focus, isFirst || isWhole).then((took) => {
      this.#schedule.looked(isFirst || isWhole, took);
      if (isWhole) this.#hysteresis.keep((proxy) => this.#syncStatus.isThere(proxy));
      this.#looking = undefined;
      this.#wake();
    });
  }
}
