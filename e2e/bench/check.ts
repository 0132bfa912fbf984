// Whether what is measured does its work: an Envoy of the bench enters, an error leaves where a response, a counter or its
// log says something else.
import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../envoy/admin.ts";
import { ladder } from "../envoy/bootstrap.ts";
import { send } from "../envoy/client.ts";
import type { Envoy } from "../envoy/envoy.ts";
import { requestHeaders, requestPath } from "./requests.ts";
import type { Variant } from "./variants.ts";

/** @throws when the variant's response has another status, route or level than it should */
export async function checkResponse(
  { name, listener, shape, route, responseLevel }: Variant,
  id: number,
): Promise<void> {
  const { status, headers } = await send(listener.port, requestPath, requestHeaders(shape, id));
  const got = [status, headers["x-route"], headers[ladder.header]].join(" ");
  const wanted = [200, route, responseLevel].join(" ");
  if (got !== wanted) throw new Error(`${name}: the response is "${got}", not "${wanted}"`);
}

/** The filter's counters are at most this late, ms. */
const late = 1200;

/**
 * @param sent requests since the Envoy's start, by role and level as counters name them
 * @throws when the filter counted other requests, or a call whose cause it didn't find
 */
export async function checkCounters(envoy: Envoy, sent: ReadonlyMap<string, number>): Promise<void> {
  await sleep(late);
  const stats = await readStats(envoy.admin, "^wasmcustom.expedite");
  const check = (counter: string, wanted: number): void => {
    const got = stats.get(`wasmcustom.expedite.${counter}`) ?? 0;
    if (got !== wanted) throw new Error(`expedite.${counter} is ${got} after ${wanted} requests`);
  };
  for (const [counter, requests] of sent) check(counter, requests);
  check("outbound.joins.found.x-request-id", sent.get("outbound.requests.batch") ?? 0);
}

/** @throws when a module trapped or was refused: the requests then passed without it */
export function checkLog(envoy: Envoy): void {
  const failure = /.*\[(error|critical)\]\[wasm\].*/.exec(envoy.log())?.[0];
  if (failure !== undefined) throw new Error(`a Wasm module failed: ${failure}`);
}
