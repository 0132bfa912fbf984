// Measures what a request costs that finds the caches full of other programs' content: one at a time, with a walk through memory before each.
import { setTimeout as sleep } from "node:timers/promises";
import { workerTimes } from "../envoy/workers.ts";
import { rotated } from "../measure/rotated.ts";
import { type CacheState, cacheStates, cacheWalk, walkSizes } from "./caches.ts";
import { checkDemotions, checkResponse } from "./check.ts";
import { choose, type Quietness, subjects } from "./compare-variants.ts";
import type { Load } from "./load.ts";
import { pinToWorker } from "./pin.ts";
import { quietNames, together } from "./quiet.ts";
import { moderate, type Subject } from "./rounds.ts";
import { withEnvoy } from "./site.ts";
import { knownIds } from "./variants.ts";

/** CPU time of Envoy's worker for one request, µs: one value per round. */
type ColdRounds = Readonly<Record<CacheState, readonly number[]>>;

type WalkSizes = Readonly<Record<CacheState, number>>;

export interface Cold {
  /** Bytes that are walked through before a request. */
  readonly walked: WalkSizes;
  readonly variants: ReadonlyMap<string, ColdRounds>;
}

interface Settings {
  readonly rounds: number;
  readonly progress: (step: string, turn: string) => void;
}

/** Milliseconds until a worker has done what remains after its response, such as destroying the stream. */
const afterwards = 1;

const cpuMillis = (pid: number): number => workerTimes(pid).reduce((sum, time) => sum + time, 0);

/** @returns µs */
async function costOfOne({ pid, port, shape }: Subject, load: Load): Promise<number> {
  const before = cpuMillis(pid);
  await load.play({ port, shape, connections: 1, seconds: 60, requests: 1, pid });
  await sleep(afterwards);
  return (cpuMillis(pid) - before) * 1000;
}

/** The first round is a warm-up and doesn't count. A round begins with another variant than the one before. */
function measureIn(
  quietness: Quietness,
  names: readonly string[],
  { rounds, progress, walked }: Settings & { readonly walked: WalkSizes },
): Promise<ReadonlyMap<string, ColdRounds>> {
  const { all, chosen, used, inbound } = choose(names, quietness);
  return withEnvoy({ listeners: all.map(({ listener }) => listener), workers: 1 }, async (envoy, load) => {
    const { pid } = envoy;
    const caches = cacheWalk();
    try {
      await pinToWorker(caches.pid);
      for (const variant of used) await checkResponse(variant, knownIds / 2);
      const played = subjects(pid, chosen, inbound);
      const stored = played.flatMap(({ before }) => before ?? []).sort((a, b) => b.requests - a.requests)[0];
      const found = new Map(
        chosen.map(({ name }) => [name, { "L3-warm": [] as number[], "DRAM-cold": [] as number[] }]),
      );
      for (let round = 0; round <= rounds; round++) {
        if (stored !== undefined) await load.play({ ...stored, connections: moderate, seconds: 60, pid });
        for (const subject of rotated(played, round)) {
          progress(round === 0 ? "cold, warm-up" : `cold, round ${round} of ${rounds}`, subject.name);
          for (const state of cacheStates) {
            await caches.ask(walked[state]);
            const micros = await costOfOne(subject, load);
            if (round > 0) found.get(subject.name)![state].push(micros);
          }
        }
      }
      await checkDemotions(envoy, quietness === "busy");
      return found;
    } finally {
      await caches.stop();
    }
  });
}

/** @throws when a response was wrong */
export async function measureCold(names: readonly string[], settings: Settings): Promise<Cold> {
  const walked = walkSizes();
  const quiet = quietNames(names);
  const of = (quietness: Quietness, chosen: readonly string[]) => measureIn(quietness, chosen, { ...settings, walked });
  const alone = quiet.length === 0 ? new Map<string, ColdRounds>() : await of("quiet", quiet);
  return { walked, variants: together(await of("busy", names), alone) };
}
