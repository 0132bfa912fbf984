// In: namespaces whose objects were just written. Out: when their proxies have taken what istiod makes of it, or the time is over.
import { setTimeout as sleep } from "node:timers/promises";
import type { Mesh, ProxyReport } from "./ports.ts";

export type Settled = { readonly isSettled: boolean; readonly refusing: readonly ProxyReport[] };

/** Milliseconds. istiod waits 100 ms for further changes before it pushes (PILOT_DEBOUNCE_AFTER). */
const debounce = 250;
const poll = 100;
/** Then the next step comes all the same: a proxy that is cut off must not hold the others. */
export const patience = 10_000;

export async function settle(
  mesh: Mesh,
  namespaces: readonly string[],
  signal: AbortSignal,
  longest: number = patience,
): Promise<Settled> {
  const deadline = performance.now() + longest;
  await sleep(debounce, undefined, { signal });
  for (;;) {
    const reports = await mesh.proxies().catch(() => undefined);
    const mine = reports?.filter(({ namespace }) => namespaces.includes(namespace));
    const refusing = mine?.filter(({ refused }) => refused !== undefined) ?? [];
    // A proxy that refused has answered.
    const isSettled = mine?.every(({ pending, refused }) => pending.length === 0 || refused !== undefined) ?? false;
    if (isSettled || performance.now() > deadline) return { isSettled, refusing };
    await sleep(poll, undefined, { signal });
  }
}
