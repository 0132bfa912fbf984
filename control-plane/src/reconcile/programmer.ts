// In: what is wanted. Out: it written in stages, each taken by the proxies before the next; what they refuse is taken back.
import type { Manifest } from "../core/manifest.ts";
import { Applied, keyOf } from "./applied.ts";
import type { Observer } from "./observer.ts";
import type { Kubernetes, Mesh, World } from "./ports.ts";
import { oneAtATime } from "./rollout.ts";
import { settle } from "./settle.ts";
import { type Stage, stages, type Write } from "./steps.ts";
import type { Intent } from "./turn.ts";
import { Withdrawal } from "./withdrawal.ts";

type Ports = {
  readonly kubernetes: Kubernetes;
  readonly mesh: Mesh;
  readonly isLeader: () => boolean;
  readonly observer: Observer;
};

export class Programmer {
  readonly #ports: Ports;
  readonly #signal: AbortSignal;
  readonly #applied = new Applied();
  readonly #withdrawal = new Withdrawal();
  /** Object → why the API server did not take it, in the last turn. */
  #failed = new Map<string, { readonly namespace: string; readonly why: string }>();
  #waiting: readonly string[] = [];

  constructor(ports: Ports, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  hasFailed(): boolean {
    return this.#failed.size > 0;
  }

  /** Namespace → why something of ours is not there. */
  withheld(): ReadonlyMap<string, string> {
    const failed = [...this.#failed.values()].map(({ namespace, why }): [string, string] => [namespace, why]);
    const waiting = this.#waiting.map((name): [string, string] => [
      name,
      "the next module of the filter waits for the namespaces before",
    ]);
    return new Map([...waiting, ...this.#withdrawal.reasons(), ...failed]);
  }

  /** @returns whether something was written */
  async program(world: World, { wanted, withheld }: Intent): Promise<boolean> {
    this.#failed = new Map();
    if (wanted === undefined) return false;
    const before = await this.#ports.mesh.proxies().catch(() => []);
    const isHealthy = before.every(({ refused }) => refused === undefined);
    const { wanted: inTurn, waiting } = oneAtATime(wanted, world.owned, isHealthy);
    this.#waiting = waiting;
    const isHeld = (namespace: string): boolean => withheld.has(namespace);
    const heldBack = new Set(
      [...waiting].flatMap((namespace) => wanted.filter(({ metadata }) => metadata.namespace === namespace).map(keyOf)),
    );
    const owned = world.owned.filter(
      ({ ref }) =>
        !isHeld(ref.metadata.namespace) &&
        !(heldBack.has(keyOf(ref)) && !inTurn.some((one) => keyOf(one) === keyOf(ref))),
    );
    const remaining = this.#withdrawal.remaining(inTurn.filter(({ metadata }) => !isHeld(metadata.namespace)));
    const isCurrent = this.#applied.isCurrent.bind(this.#applied);
    const plan = stages(owned, remaining, isCurrent);
    for (const [index, stage] of plan.entries()) {
      await this.#write(stage, world);
      if (!this.#ports.isLeader()) return true;
      const isLast = index === plan.length - 1;
      // After the last one nothing waits: its refusals are found by the same look, once.
      const { refusing } = await settle(this.#ports.mesh, stage.namespaces, this.#signal, isLast ? 2_000 : undefined);
      const written = stage.writes.flatMap((write) => ("apply" in write ? [write.apply] : []));
      this.#withdrawal.blame(written, before, refusing);
    }
    return plan.length > 0;
  }

  async #write({ writes }: Stage, world: World): Promise<void> {
    // Many namespaces at a time; the API server's own limits order the rest.
    const queue = [...writes];
    const worker = async (): Promise<void> => {
      for (let write = queue.shift(); write !== undefined && this.#ports.isLeader(); write = queue.shift())
        await this.#one(write, world);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  }

  async #one(write: Write, { ladder }: World): Promise<void> {
    const { kubernetes, observer } = this.#ports;
    const ref = "apply" in write ? write.apply : write.remove;
    const verb = "apply" in write ? "apply" : "remove";
    try {
      if ("apply" in write) {
        if (ladder === undefined) return;
        this.#applied.remember(write.apply as Manifest, await kubernetes.apply(write.apply, ladder));
      } else {
        this.#applied.forget(ref);
        await kubernetes.remove(ref);
      }
      observer.wrote(verb, ref.kind, ref.metadata.name);
    } catch (error) {
      const why = `${keyOf(ref)}: ${(error as Error).message}`;
      this.#failed.set(keyOf(ref), { namespace: ref.metadata.namespace, why });
      observer.wrote(verb, ref.kind, ref.metadata.name, error as Error);
    }
  }
}
