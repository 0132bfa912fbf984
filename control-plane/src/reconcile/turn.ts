// In: the world, and what was seen of the mesh. Out: the next writes of each namespace under way, statuses, and when to look again. One turn
// is one call without a wait; what is under way wakes the loop when it is over. Nothing but time and evidence is remembered from turn to turn.
import type { Plan } from "../core/plan.ts";
import type { Clock } from "./clock.ts";
import type { Facts } from "./conditions.ts";
import { Confirmed } from "./confirmed.ts";
import { Feeler } from "./feeler.ts";
import { hiding } from "./hiding.ts";
import type { Intent } from "./intent.ts";
import { Lanes } from "./lanes.ts";
import { type Focus, Looker } from "./looker.ts";
import { type NextStep, next, type Wait } from "./next.ts";
import { Observation, proxyKey } from "./observation.ts";
import type { Observer } from "./observer.ts";
import { Patience } from "./patience.ts";
import type { Kubernetes, Mesh, OwnedObject, ProxyReport, World } from "./ports.ts";
import { askProxies } from "./proxies.ts";
import type { ProxyState } from "./proxy-states.ts";
import { Pulses } from "./pulse.ts";
import { Rhythm } from "./rhythm.ts";
import { oneAtATime, type Turn as Rollout } from "./rollout.ts";
import { type Scene, sceneOf } from "./scene.ts";
import { Statuses } from "./statuses.ts";
import { Stored } from "./stored.ts";
import { View } from "./view.ts";
import { Withdrawal } from "./withdrawal.ts";
import { Writes } from "./writes.ts";

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

const none: ReadonlyMap<string, OwnedObject> = new Map();

export class Turn {
  readonly #options: TurnOptions;
  readonly #observation = new Observation();
  readonly #pulses = new Pulses();
  readonly #patience = new Patience();
  readonly #stored = new Stored();
  readonly #withdrawal = new Withdrawal();
  readonly #confirmed = new Confirmed();
  readonly #view: View;
  readonly #rhythm: Rhythm;
  readonly #lanes: Lanes;
  readonly #writes: Writes;
  readonly #looker: Looker;
  readonly #statuses: Statuses;
  #intent: Intent | undefined;
  #states: readonly ProxyState[] = [];
  #looking: Promise<void> | undefined;
  readonly #wake: () => void;

  constructor(options: TurnOptions, wake: () => void) {
    const { clock, mesh } = options;
    this.#options = options;
    this.#wake = wake;
    this.#rhythm = new Rhythm(clock);
    this.#lanes = new Lanes(clock, wake);
    const feeler = new Feeler({ mesh, pulses: this.#pulses, clock, done: wake });
    this.#looker = new Looker(mesh, this.#observation, this.#pulses, feeler, clock);
    this.#statuses = new Statuses(options, clock, wake);
    const memory = {
      stored: this.#stored,
      observation: this.#observation,
      withdrawal: this.#withdrawal,
      confirmed: this.#confirmed,
    };
    this.#writes = new Writes({ ...options, ...memory, lanes: this.#lanes });
    this.#view = new View({ ...memory, pulses: this.#pulses });
  }

  plan(): Plan | undefined {
    return this.#intent?.plan;
  }

  states(): readonly ProxyState[] {
    return this.#states;
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
        this.#lanes.forgive(ref.metadata.namespace);
      }
    for (const [key, { ref }] of before ?? none)
      if (!this.#intent.wanted?.has(key)) this.#rhythm.stir(ref.metadata.namespace);
  }

  #follow(world: World, intent: Intent, now: number): readonly number[] {
    const stored = this.#stored.view(world.owned, now);
    const all = intent.wanted ?? new Map([...stored.values()].flatMap((members) => [...members]));
    this.#withdrawal.look(this.#observation, all, now);
    const isStored = (namespace: string, key: string): boolean => stored.get(namespace)?.has(key) === true;
    const left = this.#withdrawal.remaining(all, isStored, now);
    const shown = hiding(intent, this.#withdrawal.refusingSubsets(), world.snapshot?.destinationRules ?? []);
    const isHiding = shown !== intent && shown.wanted !== undefined;
    const wanted = byNamespace(isHiding ? this.#withdrawal.remaining(shown.wanted, isStored, now) : left);
    const scenes = this.#scenes(world, intent, stored, wanted);
    const states = new Map([...scenes].map(([namespace, scene]) => [namespace, this.#view.states(scene, now)]));
    for (const known of [this.#lanes, this.#patience]) known.keep((namespace) => scenes.has(namespace));
    const rollout = oneAtATime(all, stored, this.#view.health(scenes, states));
    const dues: number[] = [];
    const unwritten = new Map<string, string>();
    const notes = new Map<string, string>();
    const unsettled = new Set(rollout.ahead);
    for (const [namespace, scene] of scenes) {
      const { step, isOverdue, due } = this.#program(namespace, scene, world, shown, rollout, now);
      if (due !== undefined) dues.push(due);
      if (step.writes.length > 0) unwritten.set(namespace, this.#lanes.failure(namespace) ?? "is being written");
      else if (step.waits.length > 0) unwritten.set(namespace, waitText(step.waits[0]!));
      if (isOverdue && step.waits.length === 0)
        notes.set(namespace, "did not wait any longer for proxies that are silent");
      const isPending = states.get(namespace)!.some(({ state }) => state === "pending" || state === "refused");
      if (unwritten.has(namespace) || (isPending && !rollout.waiting.has(namespace))) unsettled.add(namespace);
    }
    if (unwritten.size === 0) intent.drop();
    this.#states = [...states.values()].flat();
    const metrics = new Map([...scenes].map(([namespace, scene]) => [namespace, this.#view.metrics(scene)]));
    this.#report(world, intent, { proxies: states, rollout, unwritten, notes, metrics }, dues);
    this.#look(this.#focus(scenes, unsettled, rollout, world), false, dues);
    return dues;
  }

  #scenes(
    world: World,
    { plan }: Intent,
    stored: ReadonlyMap<string, ReadonlyMap<string, OwnedObject>>,
    wanted: ReadonlyMap<string, ReadonlyMap<string, OwnedObject>>,
  ): ReadonlyMap<string, Scene> {
    const optedOut = new Map(plan?.enrolments.map(({ namespace, optedOut: pods }) => [namespace, new Set(pods)]));
    const names = [...new Set([...wanted.keys(), ...stored.keys()])].sort();
    return new Map(
      names.map((name) => {
        const objects = [stored.get(name) ?? none, wanted.get(name) ?? none] as const;
        return [name, sceneOf(name, ...objects, optedOut.get(name) ?? new Set(), world.pod)];
      }),
    );
  }

  #program(
    namespace: string,
    scene: Scene,
    world: World,
    intent: Intent,
    { held }: Rollout,
    now: number,
  ): { readonly step: NextStep; readonly isOverdue: boolean; readonly due?: number } {
    if (intent.wanted === undefined || intent.withheld.has(namespace))
      return { step: { writes: [], waits: [] }, isOverdue: false };
    const { stored, wanted } = scene;
    const state = {
      ...{ stored, wanted },
      isHeld: (key: string) => held.has(key),
      isCurrent: (key: string) => this.#stored.isCurrent(key, wanted.get(key)!.content, stored.get(key)?.content),
      ask: (wait: Wait) => askProxies(this.#observation, namespace, world.pod, wait, now),
    };
    const patient = next({ ...state, isOverdue: false });
    // Proxies are waited for from when nothing of ours is left to be written before.
    const waits = patient.writes.length > 0 ? [] : patient.waits;
    const left = this.#patience.left(namespace, waits, this.#observation.problem !== undefined, now);
    const isOverdue = left !== undefined && left <= 0;
    const step = isOverdue ? next({ ...state, isOverdue }) : patient;
    const pause = this.#lanes.pause(namespace);
    if (step.writes.length > 0 && pause === 0) {
      this.#rhythm.stir(namespace);
      this.#writes.start(namespace, step.writes, stored, intent, world.ladder);
    }
    const due = step.writes.length > 0 ? pause : isOverdue ? undefined : left;
    return { step, isOverdue, ...(due === undefined || due === 0 ? {} : { due }) };
  }

  #report(
    world: World,
    intent: Intent,
    { rollout, ...facts }: { readonly rollout: Rollout } & Pick<Facts, "proxies" | "unwritten" | "notes" | "metrics">,
    dues: number[],
  ): void {
    const { problem } = this.#observation;
    const due = this.#statuses.report(world.policies, intent, {
      ...{ verdicts: intent.verdicts, mode: intent.plan?.mode, reach: intent.reach, ...facts },
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

function byNamespace(objects: ReadonlyMap<string, OwnedObject>): ReadonlyMap<string, ReadonlyMap<string, OwnedObject>> {
  const found = new Map<string, Map<string, OwnedObject>>();
  for (const [key, object] of objects) {
    const { namespace } = object.ref.metadata;
    found.set(namespace, (found.get(namespace) ?? new Map<string, OwnedObject>()).set(key, object));
  }
  return found;
}

const waitText = ({ until, clusters }: Wait): string =>
  until === "have"
    ? `routes wait until every proxy has the clusters that they name, ${clusters[0]} for one`
    : `clusters stay until no proxy has a route to them, ${clusters[0]} for one`;
