// Checks that what the bench measures did its work, by the responses, the filter's counters and Envoy's log.
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../envoy/admin.ts";
import { ladder } from "../envoy/bootstrap.ts";
import { send } from "../envoy/client.ts";
import type { Envoy } from "../envoy/envoy.ts";
import { waitUntil } from "../process/wait.ts";
import { requestHeaders, requestPath } from "./requests.ts";
import { isOfDefaultLevel, type Variant } from "./variants.ts";

/** Far from the ids of demoted requests: a stored id with two levels has the higher one. */
const ofDefaultLevel = 1 << 30;

/** @throws when the variant's response has the wrong status, route or level */
export async function checkResponse(
  { name, listener, shape, route, responseLevel }: Variant,
  id: number,
): Promise<void> {
  const own = isOfDefaultLevel(name) ? id + ofDefaultLevel : id;
  const { status, headers } = await send(listener.port, requestPath, requestHeaders(shape, own));
  const got = [status, headers["x-route"], headers[ladder.header]].join(" ");
  const wanted = [200, route, responseLevel].join(" ");
  if (got !== wanted) throw new Error(`${name}: the response is "${got}", not "${wanted}"`);
}

/**
 * @param sent requests since Envoy started, by role and level as in the counters' names
 * @throws when the filter counted different requests, or a call whose cause it didn't find
 */
export async function checkCounters(envoy: Envoy, sent: ReadonlyMap<string, number>): Promise<void> {
  const wanted = new Map([...sent, ["outbound.joins.found.x-request-id", sent.get("outbound.requests.batch") ?? 0]]);
  const isRight = async (): Promise<true> => {
    const stats = await readStats(envoy.admin, "^wasmcustom.expedite");
    for (const [counter, requests] of wanted) {
      const got = stats.get(`wasmcustom.expedite.${counter}`) ?? 0;
      if (got !== requests) throw new Error(`expedite.${counter} is ${got} after ${requests} requests`);
    }
    return true;
  };
  // The filter writes its counters once a second, so recent requests may still be missing.
  await sleep(1200);
  await waitUntil({ what: "the filter has counted every request", seconds: 5 }, isRight);
}

/** @throws when a demoted request passed the filter or, if `expected`, none did */
export async function checkDemotions(envoy: Envoy, expected: boolean): Promise<void> {
  const gauge = "wasmcustom.expedite.demoted.last_seen_seconds";
  const last = (await readStats(envoy.admin, `^${gauge}$`)).get(gauge);
  // The filter sets it to 1 when it starts.
  if (last === undefined || last > 1 !== expected)
    throw new Error(`${gauge} is ${last}, so ${expected ? "no" : "a"} demoted request passed the proxy`);
}

/** @throws when a module trapped or was refused, because requests then passed without it */
export function checkLog(envoy: Envoy): void {
  const failure = /.*\[(error|critical)\]\[wasm\].*/.exec(envoy.log())?.[0];
  if (failure !== undefined) throw new Error(`a Wasm module failed: ${failure}`);
}
