// An application whose number of workers changes, behind a real Envoy whose queue finds it out, and clients that always want more.
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../../../envoy/client.ts";
import { type Application, startApplication } from "../application.ts";
import { ports, QueueProxy, queueOf } from "../proxy.ts";

const bounds = { min: 1, max: 200 } as const;

/** How long a request of each level keeps a worker of the application, as a multiple of the mean. */
const work = { interactive: 0.5, batch: 1.5 } as const;
/** Half of them ask for one level, half for the other. */
const clients = 60;

export interface SiteOptions {
  /** Of the application, at first. */
  readonly workers: number;
  /** Of the proxy. */
  readonly proxyWorkers: number;
  /** Milliseconds that a request keeps a worker of the application, on average. */
  readonly work: number;
}

export class Site {
  readonly application: Application;
  readonly proxy: QueueProxy;
  /** Requests that were answered, and answers that were not 200. */
  answered = 0;
  wrong = 0;
  #isEnding = false;
  readonly #clients: readonly Promise<void>[];

  private constructor(application: Application, proxy: QueueProxy, mean: number) {
    this.application = application;
    this.proxy = proxy;
    this.#clients = Array.from({ length: clients }, (_, index) =>
      this.#ask(index % 2 === 0 ? "interactive" : "batch", mean),
    );
  }
  static async start({ workers, proxyWorkers, work: mean }: SiteOptions): Promise<Site> {
    const application = await startApplication({ port: ports.application, workers, proxy: ports.inbound });
    const queue = queueOf(bounds.max, { minLimit: bounds.min });
    return new Site(application, await QueueProxy.start({ queue, workers: proxyWorkers }), mean);
  }
  /** The limit that was found. */
  limit(): Promise<number> {
    return this.proxy.queueStat("limit");
  }
  /** For a message. */
  async seen(): Promise<string> {
    return `limit ${await this.limit()}, ${this.application.open} in the application, ${this.answered} answered, ${this.wrong} of them wrong`;
  }
  async stop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#clients);
    await this.proxy.stop();
    await this.application.close();
  }
  async #ask(level: keyof typeof work, mean: number): Promise<void> {
    const path = `/work?ms=${mean * work[level]}`;
    while (!this.#isEnding) {
      const answer = await send(ports.inbound, path, { "x-request-priority": level }).catch(() => undefined);
      this.answered += 1;
      if (answer?.status === 200) continue;
      this.wrong += 1;
      await sleep(10);
    }
  }
}
