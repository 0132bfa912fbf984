// What the parts measured enters, medians with intervals leave: the JSON of --json, from which the tables are made.
import { availableParallelism, cpus, release } from "node:os";
import type { Memory } from "./memory.ts";
import type { Options } from "./options.ts";
import type { Price, Prices } from "./price-calls.ts";
import { moderate, type Rounds, saturating } from "./rounds.ts";
import type { Scaled } from "./scale.ts";
import { differences, type Estimate, estimate, median } from "./statistics.ts";
import { baseline } from "./variants.ts";

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly kernel: string;
  /** Its version. */
  readonly envoy: string;
}

/** Medians over the rounds: µs, µs, µs, requests per second. */
interface Medians {
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
  readonly rps: number;
  /** Envoy's busiest worker was on a CPU for nearly all of the time in which rps was counted. */
  readonly saturated: boolean;
}

export interface VariantResult extends Medians {
  readonly name: string;
  readonly rounds: number;
  /** CPU per request above that of no-filter in the same round, µs. */
  readonly added: Estimate;
  /** That, divided by what native and Lua added in the same round; undefined where they weren't played. */
  readonly ofNative: Estimate | undefined;
  readonly ofLua: Estimate | undefined;
}

export interface ScaledResult {
  readonly name: string;
  readonly one: Medians;
  readonly two: Medians;
  /** CPU per request with two workers above that with one, µs. */
  readonly added: Estimate;
}

export interface Results {
  readonly machine: Machine;
  readonly settings: {
    readonly rounds: number;
    readonly seconds: number;
    /** Of the closed loop: where CPU and latency are measured, and where throughput is. */
    readonly connections: readonly [moderate: number, saturating: number];
  };
  readonly variants: readonly VariantResult[];
  readonly hostCalls: readonly Price[];
  readonly callbacks: readonly Price[];
  readonly scaling: readonly ScaledResult[];
  readonly memory: readonly Memory[];
}

interface Measured {
  readonly machine: Machine;
  readonly options: Options;
  readonly variants: ReadonlyMap<string, Rounds> | undefined;
  readonly prices: Prices | undefined;
  readonly scaling: readonly Scaled[] | undefined;
  readonly memory: readonly Memory[] | undefined;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    kernel: release(),
    envoy: process.env.EXPEDITE_ENVOY_VERSION ?? "unknown",
  };
}

/** A worker below this waits for requests: the generator is what limits. */
const saturatedShare = 0.95;

const medians = (rounds: Rounds): Medians => ({
  cpuMicros: median(rounds.cpu),
  p50: median(rounds.p50),
  p99: median(rounds.p99),
  rps: median(rounds.rps),
  saturated: median(rounds.busy) >= saturatedShare,
});

function variantResults(variants: ReadonlyMap<string, Rounds>): readonly VariantResult[] {
  const base = variants.get(baseline)?.cpu ?? [];
  const added = (name: string): readonly number[] | undefined => {
    const cpu = variants.get(name)?.cpu;
    return cpu === undefined ? undefined : differences(cpu, base);
  };
  const ratio = (values: readonly number[], name: string): Estimate | undefined => {
    const to = added(name);
    return to === undefined ? undefined : estimate(values.map((value, round) => value / (to[round] ?? Number.NaN)));
  };
  return [...variants].map(([name, rounds]) => {
    const own = differences(rounds.cpu, base);
    return {
      ...{ name, rounds: rounds.cpu.length, ...medians(rounds) },
      ...{ added: estimate(own), ofNative: ratio(own, "native"), ofLua: ratio(own, "lua") },
    };
  });
}

export function resultsOf({ machine, options, variants, prices, scaling, memory }: Measured): Results {
  return {
    machine,
    settings: { rounds: options.rounds, seconds: options.seconds, connections: [moderate, saturating] },
    variants: variants === undefined ? [] : variantResults(variants),
    hostCalls: prices?.hostCalls ?? [],
    callbacks: prices?.callbacks ?? [],
    scaling: (scaling ?? []).map(({ name, one, two }) => ({
      ...{ name, one: medians(one), two: medians(two) },
      added: estimate(differences(two.cpu, one.cpu)),
    })),
    memory: memory ?? [],
  };
}
