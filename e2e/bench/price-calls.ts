// Computes the prices of host calls and callbacks in nanoseconds: in each round, from the cost of modules that make many calls less the
// cost of modules that make none.

import { differences, type Estimate, estimate } from "../measure/statistics.ts";
import { callbacks } from "./callbacks.ts";
import type { Settings } from "./compare-variants.ts";
import { hostCalls } from "./host-calls.ts";
import { playRounds } from "./rounds.ts";
import { withEnvoy } from "./site.ts";
import { outside } from "./variants.ts";

export interface Price {
  readonly name: string;
  /** The price of one call. */
  readonly nanoseconds: Estimate;
}

export interface Prices {
  readonly hostCalls: readonly Price[];
  readonly callbacks: readonly Price[];
}

/** @throws when a call returned an unexpected result: the module trapped */
export async function priceCalls(settings: Settings): Promise<Prices> {
  const [calls, entries] = [hostCalls(), callbacks()];
  const listeners = [...calls, ...entries].map(({ listener }) => listener);
  const results = await withEnvoy({ listeners, workers: 1 }, ({ pid }, load) => {
    const subjects = [...calls.map((call) => ({ ...call, shape: outside })), ...entries].map(({ listener, shape }) => ({
      ...{ name: listener.name, pid, port: listener.port, shape },
    }));
    return playRounds(subjects, { ...settings, load, saturate: false });
  });
  const cpu = (listener: string | undefined): readonly number[] => results.get(listener ?? "")?.cpu ?? [];
  const price = (name: string, of: readonly number[], base: readonly number[], times: number): Price => ({
    name,
    nanoseconds: estimate(differences(of, base).map((micros) => (micros * 1000) / times)),
  });
  const [none, ...priced] = calls;
  const base = (name: string): string | undefined => entries.find((entry) => entry.name === name)?.listener.name;
  return {
    hostCalls: priced.map(({ name, times, listener }) =>
      price(name, cpu(listener.name), cpu(none?.listener.name), times),
    ),
    callbacks: entries
      .filter((entry) => entry.base !== entry.name)
      .map((entry) => price(entry.name, cpu(entry.listener.name), cpu(base(entry.base)), entry.times)),
  };
}

export const pricedListeners = (): number => hostCalls().length + callbacks().length;
