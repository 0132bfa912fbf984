// Sends random requests and configurations through the filter and counts the outcomes. The first trap, growth of memory or level that is
// not on the ladder ends it with an error.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { RouteList } from "../../config/route-list.ts";
import type { FilterConfig } from "../../config/schema.ts";
import { arbitraryConfig, arbitraryRouteList } from "../arbitrary-config.ts";
import { type FilterVm, startFilterVm } from "../filter-vm.ts";
import type { Header } from "../headers.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import { fuzzedRoutes, randomAttributes, randomHeaders } from "./requests.ts";
import { type StreamCounts, Streams } from "./streams.ts";

export interface FuzzCounts extends StreamCounts {
  requests: number;
  /** Requests whose level is not the default one. */
  classified: number;
  /** Requests for which a shared route replaces the chosen one. */
  redirected: number;
  accepted: number;
  refused: number;
  /** Route lists that running VMs accepted. */
  exchanged: number;
  kept: number;
}

export interface FuzzOptions {
  readonly module: WebAssembly.Module;
  readonly cases: number;
  /** A whole number below 2^32. */
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}

interface Running {
  readonly vm: FilterVm;
  readonly streams: Streams;
  readonly config: FilterConfig;
  readonly pages: number;
}

const withList = (config: unknown, list: unknown): string => `${JSON.stringify(config)}\n${JSON.stringify(list)}`;

const seeds = 300;
const running = 40;
/** Nanoseconds between two requests. */
const maxPause = 10_000_000;

class Fuzz {
  readonly counts: FuzzCounts = {
    ...{ requests: 0, classified: 0, redirected: 0, waited: 0, turnedAway: 0 },
    ...{ accepted: 0, refused: 0, exchanged: 0, kept: 0 },
  };
  readonly #random: Random;
  readonly #module: WebAssembly.Module;
  readonly #configs: readonly FilterConfig[];
  readonly #lists: readonly RouteList[];
  readonly #running: Running[];
  /** A VM without a configuration, which refusals do not change. */
  #fresh: FilterVm;
  /** Nanoseconds since 1970, for all VMs. */
  #time = 1_700_000_000_000_000_000n;

  constructor({ module, seed }: FuzzOptions) {
    this.#random = new Random(seed);
    this.#module = module;
    this.#configs = fc.sample(arbitraryConfig, { seed, numRuns: seeds }) as FilterConfig[];
    this.#lists = fc.sample(arbitraryRouteList, { seed, numRuns: seeds });
    for (const { variants } of this.#lists) variants[0]?.routes.push(...fuzzedRoutes);
    this.#running = this.#configs.slice(0, running).map((config) => this.#start(config));
    this.#fresh = startFilterVm({ module });
  }

  #start(config: FilterConfig): Running {
    const vm = startFilterVm({ module: this.#module, clock: () => this.#time });
    assert.ok(vm.configure(withList(config, this.#random.pick(this.#lists))).accepted, "a good one is accepted");
    return { vm, streams: new Streams(vm, this.#random, this.counts), config, pages: vm.pages };
  }

  #text(): string {
    const random = this.#random;
    if (random.once(10)) return random.bytes(random.below(200));
    if (random.once(10)) return random.pick(['{"rules":', "[", '{"a":', '{"levels":[']).repeat(1 + random.below(5000));
    const config = random.pick(this.#configs);
    const text = random.once(3) ? withList(config, random.pick(this.#lists)) : JSON.stringify(config);
    const good = Buffer.from(text, "utf8").toString("latin1");
    return random.once(20) ? good : mutate(random, good);
  }

  configure(): void {
    const { accepted, logs } = this.#fresh.configure(Buffer.from(this.#text(), "latin1"));
    assert.equal(logs.length, accepted ? 0 : 1);
    assert.ok(!logs.some((line) => line.includes("\n")), "a refusal is one line");
    this.counts[accepted ? "accepted" : "refused"] += 1;
    assert.ok(this.#fresh.pages <= 64, "memory grows with the text only");
    if (accepted) this.#fresh = startFilterVm({ module: this.#module });
  }

  /** Gives a running VM a list, valid or not, or another first line, which is refused. */
  exchange(): void {
    const random = this.#random;
    const { vm, config, pages } = random.pick(this.#running);
    const list = JSON.stringify(random.pick(this.#lists));
    const first = random.once(10) ? `${JSON.stringify(config)} ` : JSON.stringify(config);
    const text = random.once(10) ? first : `${first}\n${random.once(2) ? list : mutate(random, list)}`;
    const { accepted, logs } = vm.configure(text);
    assert.equal(logs.length, accepted ? 0 : 1);
    this.counts[accepted ? "exchanged" : "kept"] += 1;
    assert.equal(vm.pages, pages, "memory is flat over lists");
  }

  request(): void {
    const { vm, streams, config, pages } = this.#random.pick(this.#running);
    const headers = randomHeaders(this.#random, config.header, config.levels);
    const left = streams.send(headers, randomAttributes(this.#random));
    this.#time += BigInt(this.#random.below(maxPause));
    if (this.#random.once(100)) vm.tick();
    assert.equal(vm.pages, pages, "memory is flat");
    this.counts.requests += 1;
    if (vm.filterState.size > 0) this.counts.redirected += 1;
    if (config.mode === "Observe") assert.deepEqual(left, headers, "Observe changes nothing");
    else this.#check(config, left);
  }

  #check(config: FilterConfig, left: readonly Header[]): void {
    const levels = left.filter(([name]) => name === config.header).map(([, value]) => value);
    if (levels[0] !== undefined && levels[0] !== config.defaultLevel) this.counts.classified += 1;
    if (config.role === "gateway") assert.ok(levels.length <= 1, "a gateway leaves one level at most");
    // Inbound leaves further values of a header whose first one it trusted, because no route of its listener reads them.
    for (const level of config.role === "inbound" ? levels.slice(0, 1) : levels)
      assert.ok(config.levels.includes(level), `${JSON.stringify(level)} is not on the ladder`);
  }

  next(): void {
    if (this.#random.once(10)) this.configure();
    else if (this.#random.once(20)) this.exchange();
    else this.request();
  }
}

/** @throws Error with the case, and what went wrong as its cause */
export function runFuzz(options: FuzzOptions): FuzzCounts {
  const fuzz = new Fuzz(options);
  for (let i = 0; i < options.cases; i++) {
    try {
      fuzz.next();
    } catch (cause) {
      throw new Error(`case ${i} of seed ${options.seed}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
    if (i % 1000 === 0) options.onProgress?.(i);
  }
  return fuzz.counts;
}
