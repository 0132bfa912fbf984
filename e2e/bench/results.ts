// Computes medians with intervals from the measurements: the JSON of --json, from which the tables are made.
import { availableParallelism, cpus, release } from "node:os";
import { differences, type Estimate, estimate, median, ratioOfMedians } from "../measure/statistics.ts";
import type { CacheState } from "./caches.ts";
import type { Code } from "./code.ts";
import type { Cold } from "./cold.ts";
import type { Memory } from "./memory.ts";
import type { Options } from "./options.ts";
import type { Price, Prices } from "./price-calls.ts";
import { baseOfResult, inSameProxy, isOfResults, variantOf } from "./quiet.ts";
import { moderate, type Rounds, saturating } from "./rounds.ts";
import type { Scaled } from "./scale.ts";
import { sharesOf } from "./shares.ts";
import { transcripts } from "./transcript.ts";
import { isRouted, variants } from "./variants.ts";

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly kernel: string;
  /** Envoy's version. */
  readonly envoy: string;
  /** Share of CPU time that other programs took meanwhile, 0 to 1. */
  readonly others: number;
}

/** Medians over the rounds that have the value; CPU and latencies in µs, rps in requests per second. */
interface Medians {
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
  readonly rps: number;
  /** Whether Envoy's busiest worker was on a CPU for nearly all of the time over which rps was counted. */
  readonly saturated: boolean;
}

export interface VariantResult extends Medians {
  /** Of the variant, and where it was measured (quiet.ts). */
  readonly name: string;
  readonly rounds: number;
  /** CPU per request above that of no-filter, or of routed, in the same round, µs. */
  readonly added: Estimate;
  /** `added` divided by what native and Lua added; undefined if those were not measured or may have added nothing. */
  readonly ofNative: Estimate | undefined;
  readonly ofLua: Estimate | undefined;
}

interface ScaledResult {
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
    /** Connections of the closed loop: for CPU and latency, and for throughput. */
    readonly connections: readonly [moderate: number, saturating: number];
  };
  readonly variants: readonly VariantResult[];
  readonly hostCalls: readonly Price[];
  readonly callbacks: readonly Price[];
  /** Only if both variants and prices were measured. */
  readonly shares: readonly { readonly name: string; readonly parts: Readonly<Record<string, number>> }[];
  readonly scaling: readonly ScaledResult[];
  readonly memory: readonly Memory[];
  readonly cold: ColdResults | undefined;
  readonly code: readonly Code[];
}

interface ColdResults {
  readonly walked: Cold["walked"];
  readonly variants: readonly ColdResult[];
}

/** CPU time of a request that comes alone, µs, and what its filter adds to that of its base. */
type ColdCost = { readonly cpuMicros: number; readonly added: Estimate };
type ColdResult = { readonly name: string } & Readonly<Record<CacheState, ColdCost>>;

interface Measured {
  readonly machine: Machine;
  readonly options: Options;
  readonly variants: ReadonlyMap<string, Rounds> | undefined;
  readonly prices: Prices | undefined;
  readonly scaling: readonly Scaled[] | undefined;
  readonly memory: readonly Memory[] | undefined;
  readonly cold: Cold | undefined;
  readonly code: readonly Code[] | undefined;
}

export function describeMachine(others: number): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    kernel: release(),
    envoy: process.env.EXPEDITE_ENVOY_VERSION ?? "unknown",
    others,
  };
}

/** A worker below this share waits for requests: the generator is the limit. */
const saturatedShare = 0.95;

const medians = (rounds: Rounds): Medians => ({
  cpuMicros: median(rounds.cpu),
  p50: median(rounds.p50),
  p99: median(rounds.p99),
  rps: median(rounds.rps),
  saturated: median(rounds.busy) >= saturatedShare,
});

function variantResults(played: ReadonlyMap<string, Rounds>): readonly VariantResult[] {
  const added = (name: string): readonly number[] | undefined => {
    const cpu = played.get(name)?.cpu;
    const base = played.get(baseOfResult(name))?.cpu;
    return cpu === undefined || base === undefined ? undefined : differences(cpu, base);
  };
  const ratio = (of: string, values: readonly number[], name: string): Estimate | undefined => {
    const to = !isRouted(variantOf(of)) ? added(inSameProxy(of, name)) : undefined;
    return to && ratioOfMedians(values, to);
  };
  const own = [...played].filter(([name]) => isOfResults(name));
  return own.map(([name, rounds]) => {
    const more = added(name) ?? [];
    return {
      ...{ name, rounds: rounds.cpu.length, ...medians(rounds) },
      ...{ added: estimate(more), ofNative: ratio(name, more, "native"), ofLua: ratio(name, more, "lua") },
    };
  });
}

/** The shares of the variants that were measured. */
function sharesIn(results: readonly VariantResult[], { hostCalls, callbacks }: Prices): Results["shares"] {
  const calls = new Map([...transcripts()].filter(([name]) => results.some((result) => result.name === name)));
  const priced = [...hostCalls, ...callbacks];
  const shares = sharesOf({ variants: variants(), transcripts: calls, results, priced });
  return shares.map(({ name, parts }) => ({ name, parts: Object.fromEntries(parts) }));
}

function coldResults({ walked, variants: measured }: Cold): ColdResults {
  const costOf = (name: string, state: CacheState): ColdCost => {
    const [own, base] = [name, baseOfResult(name)].map((one) => measured.get(one)?.[state] ?? []) as [
      number[],
      number[],
    ];
    return { cpuMicros: median(own), added: estimate(differences(own, base)) };
  };
  const results = [...measured.keys()].filter(isOfResults).map((name) => ({
    ...{ name, "L3-warm": costOf(name, "L3-warm"), "DRAM-cold": costOf(name, "DRAM-cold") },
  }));
  return { walked, variants: results };
}

export function resultsOf(measured: Measured): Results {
  const { machine, options, variants: played, prices, scaling, memory, cold, code } = measured;
  const results = played === undefined ? [] : variantResults(played);
  return {
    machine,
    settings: { rounds: options.rounds, seconds: options.seconds, connections: [moderate, saturating] },
    variants: results,
    hostCalls: prices?.hostCalls ?? [],
    callbacks: prices?.callbacks ?? [],
    shares: prices === undefined ? [] : sharesIn(results, prices),
    scaling: (scaling ?? []).map(({ name, one, two }) => ({
      ...{ name, one: medians(one), two: medians(two) },
      added: estimate(differences(two.cpu, one.cpu)),
    })),
    memory: memory ?? [],
    cold: cold === undefined ? undefined : coldResults(cold),
    code: code ?? [],
  };
}
