// An application whose number of workers changes, behind a real Envoy whose queue finds it out, and clients that always want more.
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../../../envoy/client.ts";
import { type Application, startApplication } from "../application.ts";
import { ports, QueueProxy, queueOf } from "../proxy.ts";

export const bounds = { min: 1, max: 200 } as const;

/** Milliseconds that a request keeps a worker of the application, by its level; as many are of the one as of the other. */
const work = { interactive: 10, batch: 30 } as const;
const clients = 60;

export class Site {
  readonly application: Application;
  readonly proxy: QueueProxy;
  /** Requests that were answered, and answers that were not 200. */
  answered = 0;
  wrong = 0;
  #isEnding = false;
  readonly #clients: readonly Promise<void>[];

  private constructor(application: Application, proxy: QueueProxy) {
    this.application = application;
    this.proxy = proxy;
    this.#clients = Array.from({ length: clients }, (_, index) => this.#ask(index % 2 === 0 ? "interactive" : "batch"));
  }
  static async start(workers: number, proxyWorkers: number): Promise<Site> {
    const application = await startApplication({ port: ports.application, workers, proxy: ports.inbound });
    const queue = queueOf(bounds.max, { minLimit: bounds.min });
    return new Site(application, await QueueProxy.start({ queue, workers: proxyWorkers }));
  }
  /** The limit that was found. */
  limit(): Promise<number> {
    return this.proxy.queueStat("limit");
  }
  async stop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#clients);
    await this.proxy.stop();
    await this.application.close();
  }
  async #ask(level: keyof typeof work): Promise<void> {
    while (!this.#isEnding) {
      const { status } = await send(ports.inbound, `/work?ms=${work[level]}`, { "x-request-priority": level }).catch(
        () => ({ status: 0 }),
      );
      this.answered += 1;
      if (status === 200) continue;
      this.wrong += 1;
      await sleep(10);
    }
  }
}
