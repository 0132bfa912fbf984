// Measures the cost of each variant, all in one Envoy.
import { checkCounters, checkResponse } from "./check.ts";
import type { Load } from "./load.ts";
import { playRounds, type Rounds, type Subject, type Turns } from "./rounds.ts";
import { withEnvoy } from "./site.ts";
import { knownIds, stored, type Variant, variants } from "./variants.ts";

export type Settings = Pick<Turns, "rounds" | "seconds" | "progress">;

/** The causes for outbound: inbound receives these requests before each of outbound's turns. */
const causes = (inbound: Variant): NonNullable<Subject["before"]> => ({
  port: inbound.listener.port,
  shape: stored,
  requests: knownIds,
});

export function subjects(pid: number, chosen: readonly Variant[], inbound: Variant): readonly Subject[] {
  return chosen.map(({ name, listener: { port }, shape, expedite }) => ({
    ...{ name, pid, port, shape },
    ...(expedite?.role === "outbound" ? { before: causes(inbound) } : {}),
  }));
}

/**
 * The variants that get requests: inbound first where outbound looks up what it stored. Nothing else, so that an Envoy whose requests all have
 * the default level is one through which no demoted request passed.
 */
export function used(chosen: readonly Variant[], inbound: Variant): readonly Variant[] {
  const isOutbound = chosen.some(({ expedite }) => expedite?.role === "outbound");
  return isOutbound ? [...new Set([inbound, ...chosen])] : chosen;
}

/** Requests sent to the variants, by the filter's counter for them. */
function sentByCounter(all: readonly Variant[], load: Load, checks: number): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  for (const { expedite, listener } of all) {
    if (expedite === undefined) continue;
    const counter = `${expedite.role}.requests.${expedite.level}`;
    sent.set(counter, (sent.get(counter) ?? 0) + (load.sent.get(listener.port) ?? 0) + checks);
  }
  return sent;
}

/** @throws when a variant didn't do its work */
export function compareVariants(names: readonly string[], settings: Settings): Promise<ReadonlyMap<string, Rounds>> {
  const all = variants();
  const inbound = all.find(({ name }) => name === "inbound") as Variant;
  const chosen = all.filter(({ name }) => names.includes(name));
  const checked = used(chosen, inbound);
  const listeners = all.map(({ listener }) => listener);
  return withEnvoy({ listeners, workers: 1 }, async (envoy, load) => {
    const id = knownIds / 2;
    for (const variant of checked) await checkResponse(variant, id);
    const played = subjects(envoy.pid, chosen, inbound);
    const results = await playRounds(played, { ...settings, load, saturate: true });
    for (const variant of checked) await checkResponse(variant, id);
    await checkCounters(envoy, sentByCounter(checked, load, 2));
    return results;
  });
}
