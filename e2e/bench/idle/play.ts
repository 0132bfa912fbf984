// Sends single requests through the variants of an idle mesh, all of them in each round, in an order that changes.
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../../envoy/client.ts";
import { random } from "../../measure/random.ts";
import { requestHeaders, requestPath } from "../requests.ts";
import { entryOf } from "./chain.ts";
import type { IdleVariant } from "./variants.ts";

export interface IdleSettings {
  /** Requests of each variant that count. */
  readonly rounds: number;
  /** Requests per second, of all variants together. */
  readonly rate: number;
  /** Called before each round, with the number of those that count before it. */
  readonly progress: (round: number) => void;
}

/** Rounds before those that count: connections are opened, and code is compiled. */
export const warmUp = 10;

const shape = { level: false, trace: true, ids: 0 };

/** Of all runs: no two requests have the same id. */
let sent = 0;

/**
 * @param all the variants of the mesh
 * @param played those of them that get requests
 * @returns latencies in µs by variant, one for each round @throws when a response was wrong
 */
export async function playIdle(
  all: readonly IdleVariant[],
  played: readonly IdleVariant[],
  { rounds, rate, progress }: IdleSettings,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const next = random(1);
  const found = new Map(played.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < warmUp + rounds; round++) {
    progress(Math.max(0, round - warmUp));
    const order = played.map((variant) => ({ variant, key: next() })).sort((a, b) => a.key - b.key);
    for (const { variant } of order) {
      // Uniform, as in the lab: an arrival tells nothing about the next one.
      await sleep((next() * 2 * 1000) / rate);
      const headers = requestHeaders(shape, sent++);
      const began = performance.now();
      const { status, headers: answered } = await send(entryOf(all.indexOf(variant)), requestPath, headers);
      const micros = (performance.now() - began) * 1000;
      const route = answered["x-route"] ?? "";
      if (status !== 200 || !variant.routes.includes(route))
        throw new Error(`${variant.name}: the response is ${status} ${route}, not 200 ${variant.routes.join(" or ")}`);
      if (round >= warmUp) found.get(variant.name)!.push(micros);
    }
  }
  return found;
}
