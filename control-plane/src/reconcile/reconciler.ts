// In: the world, and what was seen of the mesh. Out: the next writes of each namespace under way, statuses, and when to look again. One turn
// is one call without a wait; what is under way wakes the loop when it is over. Nothing but time and evidence is remembered from turn to turn.
import type { Plan } from "../core/plan.ts";
import { Changes } from "../proxies/change-tracker.ts";
import { View } from "../proxies/evaluate-proxies.ts";
import { Pulses } from "../proxies/filter-health.ts";
import { type Focus, Looker } from "../proxies/poller.ts";
import { Feeler } from "../proxies/probe.ts";
import { Confirmed } from "../proxies/programmed-hysteresis.ts";
import { type Scene, sceneOf } from "../proxies/proxy-groups.ts";
import type { ProxyState } from "../proxies/proxy-state.ts";
import { Observation, proxyKey } from "../proxies/sync-status.ts";
import type { Facts } from "../status/conditions.ts";
import { Statuses } from "../status/status-updater.ts";
import { Writes } from "../writes/apply.ts";
import type { Write } from "../writes/differences.ts";
import { hiding } from "../writes/hide-subsets.ts";
import { oneAtATime, type Turn as Rollout } from "../writes/module-rollout.ts";
import { Stored } from "../writes/mutation-cache.ts";
import { Withdrawal } from "../writes/rollback.ts";
import { Lanes } from "../writes/work-queue.ts";
import type { Clock } from "./clock.ts";
import type { Intent } from "./desired-state.ts";
import type { Observer } from "./observer.ts";
import { byNamespace, type Objects } from "./owned-objects.ts";
import type { Kubernetes, Mesh, ProxyReport, World } from "./ports.ts";
import { Rhythm } from "./schedule.ts";

export type TurnOptions = {
  /** What the mesh should have in this world. Called once for each revision of it. */
  readonly intend: (world: World) => Intent;
  readonly kubernetes: Kubernetes;
  readonly mesh: Mesh;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
  readonly clock: Clock;
};

/** Milliseconds without a reason to turn. */
export const idle = 30_000;

const none: Objects = new Map();

export class Turn {
  readonly #options: TurnOptions;
  readonly #observation = new Observation();
  readonly #pulses = new Pulses();
  readonly #stored = new Stored();
  readonly #changes: Changes;
  readonly #withdrawal: Withdrawal;
  readonly #confirmed = new Confirmed();
  readonly #view: View;
  readonly #rhythm: Rhythm;
  readonly #lanes: Lanes;
  readonly #writes: Writes;
  readonly #looker: Looker;
  readonly #statuses: Statuses;
  #intent: Intent | undefined;
  #proxyStates: readonly ProxyState[] = [];
  #looking: Promise<void> | undefined;
  readonly #wake: () => void;

  constructor(options: TurnOptions, wake: () => void) {
    const { clock, mesh } = options;
    this.#options = options;
    this.#wake = wake;
    this.#changes = new Changes(this.#observation, clock.now());
    this.#withdrawal = new Withdrawal(this.#changes);
    this.#rhythm = new Rhythm(clock);
    this.#lanes = new Lanes(clock, wake);
    const feeler = new Feeler({ mesh, pulses: this.#pulses, clock, done: wake });
    this.#looker = new Looker(mesh, this.#observation, this.#pulses, feeler, clock);
    this.#statuses = new Statuses(options, clock, wake);
    const memory = {
      observation: this.#observation,
      changes: this.#changes,
      withdrawal: this.#withdrawal,
      confirmed: this.#confirmed,
    };
    this.#writes = new Writes({
      ...{ ...options, ...memory },
      ...{ stored: this.#stored, lanes: this.#lanes, rhythm: this.#rhythm },
    });
    this.#view = new View({ ...memory, pulses: this.#pulses });
  }

  plan(): Plan | undefined {
    return this.#intent?.plan;
  }

  states(): readonly ProxyState[] {
    return this.#proxyStates;
  }

  /** Resolves when no write is under way. A look may be: istiod may not answer for long, and nobody needs what it says any more. */
  async over(): Promise<void> {
    await Promise.all([this.#lanes.idle(), this.#statuses.idle()]);
  }

  /** @returns milliseconds until the next turn, unless something wakes the loop before */
  take(): number {
    const { kubernetes, clock } = this.#options;
    const world = kubernetes.world();
    if (world === undefined) return idle;
    const holdoff = this.#rhythm.holdoff(world.revision, this.#intent?.revision);
    if (holdoff === 0) this.#read(world);
    const intent = this.#intent;
    if (intent === undefined) return holdoff;
    const dues = [idle, holdoff === 0 ? idle : holdoff];
    // Before the first look nobody knows which refusals are older than we are.
    if (this.#rhythm.hasLooked()) dues.push(...this.#follow(world, intent, clock.now()));
    else this.#look({ namespaces: new Set(), groupOf: () => undefined, pulseOf: () => undefined }, true);
    return Math.max(0, Math.min(...dues));
  }

  #read(world: World): void {
    if (this.#intent?.revision === world.revision) return;
    const before = this.#intent?.wanted;
    const began = this.#options.clock.now();
    this.#intent = this.#options.intend(world);
    this.#rhythm.read(this.#options.clock.now() - began);
    for (const [key, { ref, content }] of this.#intent.wanted ?? none)
      if (before?.get(key)?.content.digest !== content.digest) {
        this.#rhythm.stir(ref.metadata.namespace);
        this.#lanes.forgive(key);
      }
    for (const [key, { ref }] of before ?? none)
      if (!this.#intent.wanted?.has(key)) this.#rhythm.stir(ref.metadata.namespace);
  }

  #follow(world: World, intent: Intent, now: number): readonly number[] {
    const stored = this.#stored.view(world.owned, now);
    const all = intent.wanted ?? new Map([...stored.values()].flatMap((members) => [...members]));
    this.#withdrawal.look(this.#observation, all, now);
    this.#withdrawal.review(stored, now);
    const shown = hiding(intent, this.#withdrawal.refusingSubsets(), world.snapshot?.destinationRules ?? []);
    const wanted = byNamespace(this.#withdrawal.remaining(shown.wanted ?? all));
    const scenes = this.#scenes(world, intent, stored, wanted);
    this.#writes.keep(scenes);
    const states = new Map([...scenes].map(([namespace, scene]) => [namespace, this.#states(namespace, scene, now)]));
    const rollout = oneAtATime(all, stored, this.#view.health(scenes, states));
    const dues: number[] = [];
    const unwritten = new Map<string, string>();
    const unsettled = new Set(rollout.ahead);
    for (const [namespace, scene] of scenes) {
      const missing = this.#missing(namespace, scene, shown, rollout);
      if (missing.length > 0) {
        unwritten.set(namespace, this.#writes.failure(missing) ?? "is being written");
        dues.push(...this.#writes.advance(missing, scene, { intent: shown, ladder: world.ladder }));
      }
      const isPending = states.get(namespace)!.some(({ state }) => state === "pending" || state === "refused");
      if (unwritten.has(namespace) || (isPending && !rollout.waiting.has(namespace))) unsettled.add(namespace);
    }
    if (unwritten.size === 0) intent.drop();
    this.#proxyStates = [...states.values()].flat();
    const metrics = new Map([...scenes].map(([namespace, scene]) => [namespace, this.#view.metrics(scene)]));
    this.#report(world, intent, { proxies: states, rollout, unwritten, metrics }, dues);
    this.#look(this.#focus(scenes, unsettled, rollout, world), false, dues);
    return dues;
  }

  #scenes(
    world: World,
    { plan }: Intent,
    stored: ReadonlyMap<string, Objects>,
    wanted: ReadonlyMap<string, Objects>,
  ): ReadonlyMap<string, Scene> {
    const optedOut = new Map(plan?.enrolments.map(({ namespace, optedOut: pods }) => [namespace, new Set(pods)]));
    const names = [...new Set([...wanted.keys(), ...stored.keys()])].sort();
    return new Map(
      names.map((namespace) => {
        const [there, asked] = [stored.get(namespace) ?? none, wanted.get(namespace) ?? none];
        const isCurrent = (key: string): boolean =>
          this.#stored.isCurrent(key, asked.get(key)!.content, there.get(key)?.content);
        const parts = { namespace, stored: there, wanted: asked, isCurrent, pod: world.pod };
        return [namespace, sceneOf({ ...parts, optedOut: optedOut.get(namespace) ?? new Set() })];
      }),
    );
  }

  #states(namespace: string, scene: Scene, now: number): readonly ProxyState[] {
    const open = scene.differences;
    const unwritten =
      open.length === 0 ? undefined : (this.#writes.failure(open) ?? "what it should have is not stored yet");
    const states = this.#view.states(scene, unwritten, now);
    const isPending = states.some(({ state }) => state === "pending" || state === "refused");
    if (!isPending) this.#changes.settle(namespace);
    return states;
  }

  /** Of what is to be written that which may be. */
  #missing(namespace: string, scene: Scene, intent: Intent, { held }: Rollout): readonly Write[] {
    if (intent.wanted === undefined || intent.withheld.has(namespace)) return [];
    return scene.differences.filter(({ key }) => !held.has(key));
  }

  #report(
    world: World,
    intent: Intent,
    { rollout, ...facts }: { readonly rollout: Rollout } & Pick<Facts, "proxies" | "unwritten" | "metrics">,
    dues: number[],
  ): void {
    const { problem } = this.#observation;
    const due = this.#statuses.report(world.policies, intent, {
      ...{ verdicts: intent.verdicts, mode: intent.plan?.mode, reach: intent.reach, ...facts },
      ...(intent.undecided === undefined ? {} : { undecided: intent.undecided }),
      ...(problem === undefined || (intent.wanted?.size ?? 0) === 0 ? {} : { proxiesUnknown: problem }),
      withheld: new Map([...rollout.waiting, ...this.#withdrawal.reasons(), ...intent.withheld]),
    });
    if (due !== undefined) dues.push(due);
  }

  #focus(scenes: ReadonlyMap<string, Scene>, namespaces: ReadonlySet<string>, rollout: Rollout, world: World): Focus {
    const isWatched = new Set(rollout.ahead);
    return {
      namespaces,
      groupOf: (report) => scenes.get(report.namespace)?.groupOf(report),
      pulseOf: (report) => {
        const scene = scenes.get(report.namespace);
        if (scene === undefined) return undefined;
        const address = world.pod(report.namespace, report.pod)?.address;
        const expected = scene.expectationOf(report);
        const isDue = this.#pulses.isDue(
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
    const { wait, isWhole } = this.#rhythm.look(focus.namespaces);
    if (wait > 0 && !isFirst) {
      dues.push(wait);
      return;
    }
    this.#looking = this.#looker.look(focus, isFirst || isWhole).then((took) => {
      this.#rhythm.looked(isFirst || isWhole, took);
      if (isWhole) this.#confirmed.keep((proxy) => this.#observation.isThere(proxy));
      this.#looking = undefined;
      this.#wake();
    });
  }
}
