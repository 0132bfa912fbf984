// Measures the cost of each variant: all in one Envoy, and those of the default level in one through which nothing demoted passes, too.
import { checkCounters, checkDemotions, checkResponse } from "./check.ts";
import type { Load } from "./load.ts";
import { quietNames, together } from "./quiet.ts";
import { playRounds, type Rounds, type Subject, type Turns } from "./rounds.ts";
import { withEnvoy } from "./site.ts";
import { dependsOnDemotions, knownIds, stored, type Variant, variants } from "./variants.ts";

export type Settings = Pick<Turns, "rounds" | "seconds" | "progress">;

/** The proxies in which variants are measured. Through a quiet one, no demoted request passes. */
export type Quietness = "quiet" | "busy";

export interface Chosen {
  readonly all: readonly Variant[];
  readonly chosen: readonly Variant[];
  /** The variants that get requests. */
  readonly used: readonly Variant[];
  /** Where demoted requests are received. */
  readonly inbound: Variant | undefined;
}

export function choose(names: readonly string[], quietness: Quietness): Chosen {
  const all = variants();
  const chosen = all.filter(({ name }) => names.includes(name));
  if (quietness === "quiet") return { all, chosen, used: chosen, inbound: undefined };
  const inbound = all.find(({ name }) => name === "inbound") as Variant;
  return { all, chosen, used: [...new Set([inbound, ...chosen])], inbound };
}

/** Demoted requests that inbound receives before a variant's turn: the causes for outbound, and one by which other VMs know that it came. */
function before({ name, expedite }: Variant, inbound: Variant): Pick<Subject, "before"> {
  const requests = expedite?.role === "outbound" ? knownIds : dependsOnDemotions(name) ? 1 : 0;
  return requests === 0 ? {} : { before: { port: inbound.listener.port, shape: stored, requests } };
}

/** @param inbound undefined: no demoted requests are sent */
export function subjects(pid: number, chosen: readonly Variant[], inbound: Variant | undefined): readonly Subject[] {
  return chosen.map((variant) => ({
    ...{ name: variant.name, pid, port: variant.listener.port, shape: variant.shape },
    ...(inbound === undefined ? {} : before(variant, inbound)),
  }));
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

function compareIn(
  quietness: Quietness,
  names: readonly string[],
  settings: Settings,
): Promise<ReadonlyMap<string, Rounds>> {
  const { all, chosen, used, inbound } = choose(names, quietness);
  const listeners = all.map(({ listener }) => listener);
  return withEnvoy({ listeners, workers: 1 }, async (envoy, load) => {
    const id = knownIds / 2;
    for (const variant of used) await checkResponse(variant, id);
    const played = subjects(envoy.pid, chosen, inbound);
    const results = await playRounds(played, { ...settings, load, saturate: true });
    for (const variant of used) await checkResponse(variant, id);
    await checkCounters(envoy, sentByCounter(used, load, 2));
    await checkDemotions(envoy, quietness === "busy");
    return results;
  });
}

/** @throws when a variant didn't do its work */
export async function compareVariants(
  names: readonly string[],
  settings: Settings,
): Promise<ReadonlyMap<string, Rounds>> {
  const quiet = quietNames(names);
  const alone = quiet.length === 0 ? new Map<string, Rounds>() : await compareIn("quiet", quiet, settings);
  return together(await compareIn("busy", names, settings), alone);
}
