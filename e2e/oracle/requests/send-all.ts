// Sends all requests through route configurations, and returns the differences and counts.
import { setTimeout as sleep } from "node:timers/promises";
import type { Difference } from "../differences.ts";
import { Client, type Exchange, isTimeout } from "./exchange.ts";
import { Proxies, type Which } from "./proxies.ts";
import type { RouteConfiguration } from "./route-configurations.ts";
import { sameRequest, type Verdict, weightsOf } from "./same-request.ts";
import { isFailing, type Subject, subjectsOf } from "./subjects.ts";

export type Summary = {
  readonly differences: readonly Difference[];
  readonly requests: number;
  /** Requests of a level in a virtual host, each counted once per virtual host. */
  readonly hostsByLevel: ReadonlyMap<string, number>;
  readonly routes: number;
  readonly weighted: number;
  readonly toLevel: number;
  readonly toOriginal: number;
};

/** Requests in flight at a time. */
const lanes = 16;
/** How many times a request on a weighted route is sent. */
const draws = { without: 8, with: 4 } as const;
/** How many times a difference that slowness could explain has to occur. */
const attempts = 10;
/** Milliseconds before the second of them, twice as many before the third, and so on: what makes the machine slow ends. */
const pause = 100;

export async function sendAll(configurations: readonly RouteConfiguration[]): Promise<Summary> {
  const proxies = await Proxies.start(configurations);
  const client = new Client();
  try {
    const subjects = configurations.flatMap(subjectsOf);
    const counted = new Counted();
    const left = subjects.values();
    const work = async (): Promise<void> => {
      for (const subject of left) await counted.compare(proxies, client, subject);
    };
    await Promise.all(Array.from({ length: lanes }, work));
    return counted.summary();
  } finally {
    client.close();
    await proxies.stop();
  }
}

class Counted {
  readonly #differences: Difference[] = [];
  readonly #hosts = new Map<string, Set<unknown>>();
  readonly #routes = new Set<string>();
  readonly #sum = { requests: 0, weighted: 0, toLevel: 0, toOriginal: 0 };

  async compare(proxies: Proxies, client: Client, subject: Subject): Promise<void> {
    let verdict: Verdict;
    for (let attempt = 1; ; attempt++) {
      const met = await this.#meet(proxies, client, subject);
      verdict = sameRequest(subject, proxies.clusters, met);
      const first = met.without[0]!;
      this.#routes.add(`${subject.host.with.name} ${subject.configuration.name} ${first.config} ${first.route}`);
      // A timeout of a quarter of a second can also expire because the machine is busy.
      const isLate = isFailing(subject) || [...met.without, ...met.with].some(isTimeout);
      if (verdict.differences.length === 0 || !isLate || attempt === attempts) break;
      await sleep(attempt * pause);
    }
    this.#differences.push(...verdict.differences);
    this.#sum.toLevel += verdict.toLevel;
    this.#sum.toOriginal += verdict.toOriginal;
    const hosts = this.#hosts.get(subject.level) ?? new Set();
    this.#hosts.set(subject.level, hosts.add(subject.host));
  }

  async #meet(proxies: Proxies, client: Client, subject: Subject) {
    const { configuration, index, probe } = subject;
    const { header, writeTo } = configuration.filter.config;
    const written = [header, ...(writeTo === undefined ? [] : ["tracestate"])];
    // The time that remains when a request is sent again.
    const left = isFailing(subject) ? ["x-envoy-expected-rq-timeout-ms"] : [];
    const ignored = [...written, "x-request-id", ...left];
    const send = async (which: Which, times: number): Promise<readonly Exchange[]> => {
      const all: Exchange[] = [];
      while (all.length < times) all.push(await client.exchange(proxies.socketOf(which, index), probe, ignored));
      this.#sum.requests += times;
      return all;
    };
    const [first] = await send("without", 1);
    const isWeighted = weightsOf(subject, first!).length > 0;
    if (isWeighted) this.#sum.weighted++;
    const more = isWeighted ? await send("without", draws.without - 1) : [];
    return { without: [first!, ...more], with: await send("with", isWeighted ? draws.with : 1) };
  }

  summary(): Summary {
    const hostsByLevel = new Map([...this.#hosts].map(([level, hosts]) => [level, hosts.size]));
    return { differences: this.#differences, hostsByLevel, routes: this.#routes.size, ...this.#sum };
  }
}
