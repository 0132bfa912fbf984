// Sends requests through a proxy with a request queue: clients give up, the application resets connections, and the configuration changes
// while requests wait. Reports every answer that the application did not give, and what is left of the queue at the end.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../../process/wait.ts";
import { startApplication } from "./application.ts";
import { ports, QueueProxy, queueOf } from "./proxy.ts";

export interface MixedFaultsOptions {
  readonly requests: number;
  readonly workers: number;
  /** How often the configuration changes, spread over the requests. */
  readonly changes: number;
}

export interface Outcome {
  readonly answered: number;
  readonly abandoned: number;
  /** Answers 503 to requests whose connection the application reset. */
  readonly reset: number;
  /** Anything else, by its status or error. */
  readonly wrong: readonly string[];
  /** The longest answer, in milliseconds. */
  readonly longest: number;
}

/** Concurrent clients: far more than the limit, so that most requests wait. */
const lanes = 60;
const limit = 6;

/** Resolves to a status, "abandoned" or an error. `patience`: milliseconds after which the client gives up. */
function ask(path: string, level: string, patience?: number): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "x-request-priority": level };
    const outgoing = request({ host: "127.0.0.1", port: ports.inbound, path, headers, agent: false }, (incoming) => {
      incoming.resume();
      incoming.on("end", () => resolve(`${incoming.statusCode}`));
      incoming.on("error", () => resolve("abandoned"));
    });
    outgoing.on("error", (error) =>
      resolve(outgoing.destroyed && patience !== undefined ? "abandoned" : error.message),
    );
    outgoing.end();
    if (patience !== undefined) setTimeout(() => outgoing.destroy(), patience);
  });
}

export async function runMixedFaults({ requests, workers, changes }: MixedFaultsOptions): Promise<Outcome> {
  const application = await startApplication({ port: ports.application, workers: limit, proxy: ports.inbound });
  const proxy = await QueueProxy.start({ queue: queueOf(limit), workers });
  const found = { answered: 0, abandoned: 0, reset: 0, wrong: [] as string[], longest: 0 };
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (sent < requests) {
      const index = sent++;
      const isReset = index % 20 === 7;
      const patience = index % 10 < 3 ? 1 + (index % 40) : undefined;
      const began = performance.now();
      const path = isReset ? "/reset" : `/work?ms=${1 + (index % 4)}`;
      const answer = await ask(path, index % 2 === 0 ? "batch" : "interactive", patience);
      found.longest = Math.max(found.longest, performance.now() - began);
      if (answer === "abandoned" && patience !== undefined) found.abandoned++;
      else if (answer === "503" && isReset) found.reset++;
      else if (answer === "200" && !isReset) found.answered++;
      else found.wrong.push(`${path}: ${answer}`);
    }
  };
  const change = async (): Promise<void> => {
    for (let i = 1; i <= changes; i++) {
      while (sent < (requests * i) / (changes + 1)) await sleep(5);
      await proxy.change(queueOf(limit, { maxQueued: 1024 - i }));
    }
  };
  try {
    await Promise.all([change(), ...Array.from({ length: lanes }, lane)]);
    await waitUntil(
      {
        what: "nothing is left in the queue",
        seconds: 10,
        detail: async () => `in flight: ${await proxy.queueStat("in_flight")}`,
      },
      async () => (await proxy.queueStat("in_flight")) === 0 && (await proxy.queueStat("length.batch")) === 0,
    );
    const last = await ask("/work", "batch");
    if (last !== "200") found.wrong.push(`the last request: ${last}`);
    return found;
  } finally {
    await proxy.stop();
    await application.close();
  }
}
