// One reconcile: reads what is wanted, decides what is missing, writes it, and reports the rest. It is one call that never waits; whatever
// it starts wakes the controller when it is done. From one reconcile to the next, only times and evidence are remembered.
import type { Plan } from "../core/plan.ts";
import type { ProxyState } from "../core/proxy-state.ts";
import { ProxyMonitor } from "../proxies/proxy-monitor.ts";
import { StatusUpdater } from "../status/status-updater.ts";
import { awaitingStep, DefaultLevelRollout } from "../writes/default-level-rollout.ts";
import type { Write } from "../writes/differences.ts";
import { type ModuleRollout, moduleRollout, type NamespaceHealth } from "../writes/module-rollout.ts";
import { type Allowed, Writer } from "../writes/writer.ts";
import type { Clock } from "./clock.ts";
import { Debounce } from "./debounce.ts";
import type { DesiredState } from "./desired-state.ts";
import { type NamespaceState, namespaceStates } from "./namespace-state.ts";
import { noObjects, type Objects } from "./owned-objects.ts";
import type { CacheState, Kubernetes, Mesh, Observer } from "./ports.ts";

export type ReconcilerOptions = {
  /** Computes what the mesh should have. Called once for each revision of the cache state. */
  readonly desiredState: (state: CacheState) => DesiredState;
  readonly kubernetes: Kubernetes;
  readonly mesh: Mesh;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
};

/** Milliseconds between two reconciles if nothing happens. */
export const resync = 30_000;

/** What follows from one cache state and what is known of the proxies. */
type Decision = Pick<Allowed, "desired"> & {
  readonly namespaces: ReadonlyMap<string, NamespaceState>;
  /** By namespace. */
  readonly states: ReadonlyMap<string, readonly ProxyState[]>;
  readonly rollout: ModuleRollout;
  /** What is missing and may be written, by namespace; no entry if there is nothing. */
  readonly missing: ReadonlyMap<string, readonly Write[]>;
  /** What is not wanted yet, by namespace. */
  readonly awaiting: ReadonlyMap<string, string>;
};

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #debounce: Debounce;
  readonly #proxies: ProxyMonitor;
  readonly #writer: Writer;
  readonly #status: StatusUpdater;
  readonly #defaultLevel: DefaultLevelRollout;
  #desired: DesiredState | undefined;
  #proxyStates: readonly ProxyState[] | undefined;

  constructor(options: ReconcilerOptions, wake: () => void) {
    const { clock, mesh } = options;
    this.#options = options;
    this.#debounce = new Debounce(clock);
    this.#proxies = new ProxyMonitor({ mesh, clock, wake });
    this.#writer = new Writer({ ...options, proxies: this.#proxies, wake });
    this.#status = new StatusUpdater({ ...options, wake });
    this.#defaultLevel = new DefaultLevelRollout(clock);
  }

  plan(): Plan | undefined {
    return this.#desired?.plan;
  }

  /** Undefined if istiod has not been polled yet. */
  proxies(): readonly ProxyState[] | undefined {
    return this.#proxyStates;
  }

  /** Resolves once no write is in progress. A poll may be: istiod may not answer for long, and its answer is no longer needed. */
  async idle(): Promise<void> {
    await Promise.all([this.#writer.idle(), this.#status.idle()]);
  }

  /** @returns milliseconds until the next reconcile, unless something wakes the controller earlier */
  reconcile(): number {
    const { kubernetes, clock } = this.#options;
    const state = kubernetes.cacheState();
    if (state === undefined) return resync;
    const wait = this.#read(state);
    // What would be decided for the state that is about to be replaced takes long in a large mesh, and the controller rests after it.
    if (wait > 0) return wait;
    const waits = [resync];
    const desired = this.#desired;
    if (desired !== undefined && this.#proxies.hasPolled()) {
      const decision = this.#decide(state, desired, clock.now());
      waits.push(...this.#write(state, decision), ...this.#report(state, desired, decision));
      waits.push(...this.#poll(state, decision));
    } else if (desired !== undefined)
      // Nothing is decided before: refusals may be older than this leader.
      this.#proxies.poll({ groups: new Map(), unsettled: new Set(), watched: new Set(), pod: state.pod });
    return Math.max(0, Math.min(...waits));
  }

  /** Computes the desired state once changes have calmed down. @returns milliseconds until then; 0 if it is the state's */
  #read(state: CacheState): number {
    const wait = this.#debounce.wait(state.revision, this.#desired?.revision);
    if (wait > 0 || this.#desired?.revision === state.revision) return wait;
    const { clock, desiredState } = this.#options;
    const began = clock.now();
    const before = this.#desired?.wanted ?? noObjects;
    this.#desired = desiredState(state);
    this.#debounce.computed(clock.now() - began);
    const after = this.#desired.wanted ?? noObjects;
    for (const [key, { ref, summary }] of after)
      if (before.get(key)?.summary.digest !== summary.digest) {
        this.#proxies.changed(ref.metadata.namespace);
        this.#writer.wanted(key);
      }
    for (const [key, { ref }] of before) if (!after.has(key)) this.#proxies.changed(ref.metadata.namespace);
    return 0;
  }

  /** Decides for what is wanted, or for the step before it, until that is taken. */
  #decide(state: CacheState, desired: DesiredState, now: number): Decision {
    const stored = this.#writer.stored(state.owned, now);
    const step = this.#defaultLevel.step(desired, stored);
    if (step !== undefined) {
      const decision = this.#decideFor(state, step, stored, now);
      if (!isTaken(decision))
        return { ...decision, awaiting: awaitingStep(desired.wanted ?? noObjects, step.wanted ?? noObjects) };
      step.drop();
    }
    return this.#decideFor(state, desired, stored, now);
  }

  /** Decides which missing objects may be written, and determines the state of the proxies. */
  #decideFor(state: CacheState, desired: DesiredState, stored: ReadonlyMap<string, Objects>, now: number): Decision {
    const objects = desired.wanted ?? new Map([...stored.values()].flatMap((members) => [...members]));
    const userRules = state.snapshot?.destinationRules ?? [];
    const allowed = this.#writer.allowed({ desired, objects, stored, userRules, pod: state.pod, now });
    const namespaces = namespaceStates({
      stored,
      wanted: allowed.wanted,
      isCurrent: this.#writer.isCurrent,
      pod: state.pod,
      plan: desired.plan,
      awaited: this.#proxies.mayMissProxies(now) ? state.podsWithSidecar : () => [],
    });
    this.#writer.keep(namespaces);
    const states = new Map([...namespaces].map(([name, namespace]) => [name, this.#statesOf(namespace, now)]));
    const healthOf = (name: string): NamespaceHealth => this.#healthOf(namespaces.get(name), states.get(name) ?? []);
    const rollout = moduleRollout(objects, stored, healthOf);
    const missing = new Map(
      [...namespaces].flatMap(([name, { differences }]) => {
        if (allowed.desired.wanted === undefined || allowed.desired.withheld.has(name)) return [];
        const writes = differences.filter(({ key }) => !rollout.paused.has(key));
        return writes.length === 0 ? [] : [[name, writes] as const];
      }),
    );
    return { desired: allowed.desired, namespaces, states, rollout, missing, awaiting: new Map() };
  }

  #statesOf({ namespace, groups, differences }: NamespaceState, now: number): readonly ProxyState[] {
    const unwritten =
      differences.length === 0
        ? undefined
        : (this.#writer.failure(differences)?.why ?? "what it should have is not stored yet");
    const states = this.#proxies.states(groups, unwritten, now);
    if (states.length > 0 && !states.some(isUnsettled)) this.#proxies.changes.settle(namespace);
    return states;
  }

  /** What the module rollout asks about a namespace that has the next module. */
  #healthOf(namespace: NamespaceState | undefined, states: readonly ProxyState[]): NamespaceHealth {
    const refused = states.find(({ state }) => state === "refused");
    if (refused !== undefined) return `${refused.pod}: ${refused.reason}`;
    if (namespace === undefined) return true;
    const rolledBack = this.#writer.rolledBack().get(namespace.namespace);
    if (rolledBack !== undefined) return rolledBack;
    if (states.some(({ state }) => state === "pending")) return undefined;
    return this.#proxies.filtersHealthy(namespace.groups);
  }

  /** Starts the writes that are due. @returns milliseconds until others are */
  #write({ ladder }: CacheState, { desired, namespaces, missing }: Decision): readonly number[] {
    if (missing.size === 0) desired.drop();
    return [...missing].flatMap(([name, writes]) =>
      this.#writer.advance(writes, namespaces.get(name)!, { desired, ladder }),
    );
  }

  /** Writes the statuses that are due. @returns milliseconds until others are */
  #report(
    state: CacheState,
    desired: DesiredState,
    { namespaces, states, rollout, missing, awaiting }: Decision,
  ): readonly number[] {
    const { problem } = this.#proxies.syncStatus;
    const failures = [...missing].map(([name, writes]) => [name, this.#writer.failure(writes)] as const);
    const terminal = failures.flatMap(([name, failure]) =>
      failure?.isTerminal === true ? [[name, failure.why] as const] : [],
    );
    const wait = this.#status.report(state.policies, desired.generations, {
      verdicts: desired.verdicts,
      mode: desired.plan?.mode,
      nodes: state.nodes,
      reach: desired.reach,
      proxies: states,
      unwritten: new Map([
        ...awaiting,
        ...failures.map(([name, failure]) => [name, failure?.why ?? "is being written"] as const),
      ]),
      metrics: new Map([...namespaces].map(([name, { groups }]) => [name, this.#proxies.metrics(groups)])),
      ...(desired.undecided === undefined ? {} : { undecided: desired.undecided }),
      ...(problem === undefined || (desired.wanted?.size ?? 0) === 0 ? {} : { proxiesUnknown: problem }),
      withheld: new Map([...rollout.waiting, ...this.#writer.rolledBack(), ...terminal, ...desired.withheld]),
    });
    this.#proxyStates = [...states.values()].flat();
    return wait === undefined ? [] : [wait];
  }

  /** Polls the proxies if that is due, more often while something has not settled. @returns milliseconds until the next poll */
  #poll({ pod }: CacheState, { namespaces, states, rollout, missing }: Decision): readonly number[] {
    const isSettled = (name: string): boolean =>
      !missing.has(name) && (rollout.waiting.has(name) || !states.get(name)!.some(isUnsettled));
    const unsettled = [...namespaces.keys()].filter((name) => !isSettled(name));
    const wait = this.#proxies.poll({
      groups: new Map([...namespaces].map(([name, { groups }]) => [name, groups])),
      unsettled: new Set([
        ...rollout.ahead,
        ...unsettled,
        ...this.#proxies.removing(states, this.#options.clock.now()),
      ]),
      watched: new Set(rollout.ahead),
      pod,
    });
    return wait === undefined ? [] : [wait];
  }
}

/** Whether everything of a step is stored, and all proxies have it or refuse it. */
const isTaken = ({ missing, states }: Decision): boolean =>
  missing.size === 0 && ![...states.values()].flat().some(({ state }) => state === "pending");

const isUnsettled = ({ state }: ProxyState): boolean => state === "pending" || state === "refused";
