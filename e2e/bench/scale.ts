// Measures the same listeners in an Envoy with one worker and in one with two: cost per request, and throughput.
import { startEnvoy } from "../envoy/envoy.ts";
import { type Settings, subjects } from "./compare-variants.ts";
import { benchBootstrap } from "./listeners.ts";
import { playRounds, type Rounds } from "./rounds.ts";
import { withEnvoy } from "./site.ts";
import { type Variant, variants } from "./variants.ts";

export const scaled = ["no-filter", "inbound", "outbound"] as const;

export interface Scaled {
  readonly name: string;
  readonly one: Rounds;
  readonly two: Rounds;
}

function chosen(firstPort: number): readonly Variant[] {
  return variants(firstPort).filter(({ name }) => scaled.some((one) => one === name));
}

export async function scale(settings: Settings): Promise<readonly Scaled[]> {
  const [ones, twos] = [chosen(18_300), chosen(18_400)];
  const played = (pid: number, all: readonly Variant[], suffix: string) =>
    subjects(pid, all, all.find(({ name }) => name === "inbound") as Variant).map((subject) => ({
      ...subject,
      name: `${subject.name}, ${suffix}`,
    }));
  const listeners = ones.map(({ listener }) => listener);
  const rounds = await withEnvoy({ listeners, workers: 2 }, async (two, load) => {
    const one = await startEnvoy({ bootstrap: benchBootstrap(twos.map(({ listener }) => listener)), concurrency: 1 });
    try {
      const all = [...played(two.pid, ones, "2 workers"), ...played(one.pid, twos, "1 worker")];
      return await playRounds(all, { ...settings, load, saturate: true });
    } finally {
      await load.stop();
      await one.stop();
    }
  });
  return scaled.map((name) => ({
    name,
    one: rounds.get(`${name}, 1 worker`) as Rounds,
    two: rounds.get(`${name}, 2 workers`) as Rounds,
  }));
}
