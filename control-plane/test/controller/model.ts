// A mesh with a controller in virtual time: API server, istiod and proxies are models, the controller is real.
import { type Controller, startController } from "../../src/reconcile/controller.ts";
import { resourceTypes } from "../../src/reconcile/ports.ts";
import { ModelApiServer } from "./model-api-server.ts";
import { modelDesiredState, wantedManifests } from "./model-desired-state.ts";
import { ModelIstiod } from "./model-istiod.ts";
import { generate } from "./model-proxy.ts";
import { VirtualClock } from "./virtual-clock.ts";

export class Model {
  readonly clock = new VirtualClock();
  readonly api = new ModelApiServer(this.clock);
  readonly istiod = new ModelIstiod(this.clock, this.api);
  readonly errors: string[] = [];
  #controller: Controller | undefined;
  #leader = 0;
  #isDeposed = false;

  /** Starts a replica that leads from now on. */
  start(): void {
    const number = ++this.#leader;
    const controller = startController({
      kubernetes: this.api.port(`replica ${number}`),
      mesh: this.istiod.port(),
      desiredState: modelDesiredState,
      isLeader: () => number === this.#leader && !this.#isDeposed,
      clock: this.clock,
      observer: {
        reconciled: (_, error) => {
          if (error !== undefined) this.errors.push(error.stack ?? error.message);
        },
        wrote: () => {},
      },
    });
    this.#controller = controller;
    this.api.changed = controller.enqueue;
  }

  get leader(): string {
    return `replica ${this.#leader}`;
  }

  /**
   * Takes the Lease from the replica for `millis`, without another leader. @returns the number of proxies that it knew just before getting
   * it back
   */
  async depose(millis: number): Promise<number> {
    this.#isDeposed = true;
    this.#controller?.enqueue();
    await this.clock.pass(millis);
    const known = this.#controller?.proxies()?.length ?? 0;
    this.#isDeposed = false;
    this.#controller?.enqueue();
    return known;
  }

  /** From now on no replica leads; requests that were already sent still arrive. */
  kill(): void {
    this.#leader++;
    const controller = this.#controller;
    this.#controller = undefined;
    this.api.changed = () => {};
    void controller?.stop();
  }

  /** As by a signal: what is in progress ends, and then no replica leads. */
  async stop(): Promise<void> {
    const controller = this.#controller;
    let isOver = false;
    void controller?.stop().then(() => {
      isOver = true;
    });
    if (controller !== undefined) await this.clock.until(() => isOver, 30_000, "stopped");
    this.kill();
  }

  /** Whether every namespace has what is wanted, in the API server and in each proxy that is not cut off. */
  isConverged(): boolean {
    const wanted = modelDesiredState(this.api.now()).wanted!;
    const { objects } = this.api;
    if (objects.size !== wanted.size) return false;
    for (const [key, { summary }] of wanted)
      if (objects.get(key)?.owned.summary.digest !== summary.digest) return false;
    return this.istiod.proxies.filter(({ isCut }) => !isCut).every((proxy) => this.hasAll(proxy.namespace, proxy.pod));
  }

  /** Whether the proxy has what is currently wanted for its namespace. */
  hasAll(namespace: string, pod: string): boolean {
    const proxy = this.istiod.proxies.find((one) => one.namespace === namespace && one.pod === pod)!;
    const wanted = generate(wantedManifests(this.api.namespacePolicies), namespace);
    return resourceTypes.every((type) => JSON.stringify(proxy.taken[type]) === JSON.stringify(wanted[type]));
  }
}
