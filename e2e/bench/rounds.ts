// Measures several subjects round after round, in rotated order, and returns one number per round.
import { rotated } from "../measure/rotated.ts";
import type { SliceResult } from "./generator.ts";
import type { Load } from "./load.ts";
import type { Shape } from "./requests.ts";

export interface Subject {
  readonly name: string;
  /** The subject's Envoy. */
  readonly pid: number;
  readonly port: number;
  readonly shape: Shape;
  /** Requests that are sent but not measured before each of its turns. */
  readonly before?: { readonly port: number; readonly shape: Shape; readonly requests: number };
}

/** One value per round; of `rps` and `busy` one in every fourth round. */
export interface Rounds {
  /** CPU time of Envoy's workers per request at moderate concurrency, µs. */
  readonly cpu: number[];
  /** Latencies at moderate concurrency, µs. */
  readonly p50: number[];
  readonly p99: number[];
  /** Requests per second at saturation. */
  readonly rps: number[];
  /** Share of time that Envoy's busiest worker was on a CPU while rps was counted, 0 to 1. */
  readonly busy: number[];
}

export interface Turns {
  readonly load: Load;
  readonly rounds: number;
  /** Length of each slice; a turn has one at moderate concurrency and, in some rounds and if wanted, one at saturation. */
  readonly seconds: number;
  readonly saturate: boolean;
  /** Called before each turn. */
  readonly progress: (step: string, turn: string) => void;
}

/** Connections of the closed loop. */
export const moderate = 8;
export const saturating = 64;

/** Throughput needs fewer rounds than differences of CPU time, because nothing is subtracted from it. */
export const saturatedEvery = 4;

const cpuMicros = ({ workers, requests }: SliceResult): number =>
  (workers.reduce((sum, seconds) => sum + seconds, 0) * 1e6) / requests;

function add(to: Rounds, calm: SliceResult, full: SliceResult | undefined): void {
  to.cpu.push(cpuMicros(calm));
  to.p50.push(calm.p50);
  to.p99.push(calm.p99);
  if (full === undefined) return;
  to.rps.push(full.requests / full.seconds);
  to.busy.push(Math.max(...full.workers) / full.seconds);
}

/** The number of turns that playRounds takes. */
export const turns = (subjects: number, rounds: number): number => subjects * (rounds + 1);

/**
 * The first round is a warm-up and doesn't count.
 * @throws when a response had a status other than 200
 */
export async function playRounds(
  subjects: readonly Subject[],
  { load, rounds, seconds, saturate, progress }: Turns,
): Promise<ReadonlyMap<string, Rounds>> {
  const results = new Map<string, Rounds>(
    subjects.map(({ name }) => [name, { cpu: [], p50: [], p99: [], rps: [], busy: [] }]),
  );
  for (let round = 0; round <= rounds; round++)
    for (const { name, pid, port, shape, before } of rotated(subjects, round)) {
      progress(round === 0 ? "warm-up" : `round ${round} of ${rounds}`, name);
      if (before !== undefined) await load.play({ ...before, connections: moderate, seconds: 60, pid });
      const calm = await load.play({ port, shape, connections: moderate, seconds, pid });
      const isFull = saturate && (round === 0 || round % saturatedEvery === 1);
      const full = isFull ? await load.play({ port, shape, connections: saturating, seconds, pid }) : undefined;
      if (round > 0) add(results.get(name) as Rounds, calm, full);
    }
  return results;
}
