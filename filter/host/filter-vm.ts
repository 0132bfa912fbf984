// A proxy-wasm host for the compiled filter. It takes configurations and requests as plain data, and exposes headers, counters and the
// transcript of host calls. One FilterVm corresponds to Envoy's VM for one worker thread and configuration.
import { type Guest, HostError, instantiate } from "./guest.ts";
import { type Header, HeaderMap } from "./headers.ts";
import { type Decision, type HostState, hostFunctions, type Occasion } from "./host-functions.ts";
import { SharedData } from "./shared-data.ts";
import type { Attribute } from "./stream-attributes.ts";

export interface FilterVmOptions {
  /** filter.wasm, or another build of it. */
  readonly module: WebAssembly.Module;
  /** Shared by the listeners and workers of one proxy. Default: private to this VM. */
  readonly sharedData?: SharedData;
  /** Nanoseconds since 1970. Default: the wall clock. */
  readonly clock?: () => bigint;
  /** The attribute xds.node.cluster: node.cluster of the bootstrap. Default: empty. */
  readonly cluster?: string;
}

export interface Stream {
  readonly context: number;
  readonly isPaused: boolean;
  /** The headers that continue to the next filter. */
  readonly headers: readonly Header[];
}

export interface ConfigureResult {
  readonly accepted: boolean;
  readonly logs: readonly string[];
}

/** @throws HostError if neither this host nor Envoy can run the module */
export function startFilterVm(options: FilterVmOptions): FilterVm {
  return new FilterVm(options);
}

export class FilterVm {
  readonly #state: HostState;
  readonly #guest: Guest;
  readonly #node: ReadonlyMap<string, string>;
  #lastContext = 0;

  constructor({
    module,
    sharedData = new SharedData(),
    clock = () => BigInt(Date.now()) * 1_000_000n,
    cluster = "",
  }: FilterVmOptions) {
    const state = {
      sharedData,
      clock,
      occasion: undefined,
      configuration: new Uint8Array(),
      headers: undefined,
      properties: new Map<string, string>(),
      filterState: new Map<string, string>(),
      counters: [],
      contexts: new Map(),
      effective: 0,
      decisions: [],
      metrics: [],
      logs: [],
      calls: [],
      tickPeriod: 0,
    } as Omit<HostState, "guest"> as HostState;
    this.#node = new Map([["xds.node.cluster", cluster]]);
    this.#guest = instantiate(module, hostFunctions(state));
    this.#state = Object.assign(state, { guest: this.#guest });
    this.#guest.callbacks._initialize();
  }

  /** The host calls of the last callback, in order: the function's name and its subject. */
  get calls(): readonly string[] {
    return this.#state.calls;
  }

  get counters(): ReadonlyMap<string, number> {
    return new Map(this.#state.counters.map(({ name, value }) => [name, value]));
  }

  /** What the filter put into the last request's filter state. */
  get filterState(): ReadonlyMap<string, string> {
    return this.#state.filterState;
  }

  /** Linear memory in pages of 64 KiB. */
  get pages(): number {
    return this.#guest.pages;
  }

  /**
   * @param text the plugin configuration, which is JSON if it is valid
   * @param rootId the plugin's root_id
   */
  configure(text: string | Uint8Array, rootId = ""): ConfigureResult {
    const configuration = typeof text === "string" ? new TextEncoder().encode(text) : text;
    this.#lastContext += 1;
    const root = this.#lastContext;
    const properties = new Map([...this.#node, ["plugin_root_id", rootId]]);
    this.#state.contexts.set(root, properties);
    const result = this.#enter(
      "configure",
      ({ proxy_on_configure }) => proxy_on_configure(root, configuration.length),
      { configuration, properties },
    );
    return { accepted: result === 1, logs: this.#state.logs };
  }

  /** @param rootId root_id of the plugin whose root context ticks */
  tick(rootId = ""): void {
    const properties = new Map([["plugin_root_id", rootId]]);
    this.#state.effective = 1;
    this.#enter("tick", ({ proxy_on_tick }) => proxy_on_tick(1), { properties });
  }

  /**
   * @param properties Envoy attributes of the stream, keyed by their dotted path
   * @returns the headers that continue to the next filter
   */
  request(list: readonly Header[], properties: ReadonlyMap<string, Attribute> = new Map()): readonly Header[] {
    const { isPaused, context, headers } = this.begin(list, properties);
    this.#state.contexts.delete(context);
    if (isPaused) throw new HostError("proxy_on_request_headers returned Pause instead of Continue");
    return headers;
  }

  /** Begins a stream, which lasts until `end`. */
  begin(list: readonly Header[], properties: ReadonlyMap<string, Attribute> = new Map()): Stream {
    const headers = new HeaderMap(list);
    this.#lastContext += 1;
    const context = this.#lastContext;
    this.#state.contexts.set(context, properties);
    this.#state.effective = context;
    const action = this.#enter(
      "request",
      ({ proxy_on_request_headers }) => proxy_on_request_headers(context, list.length, 1),
      { headers, properties },
    );
    if (action !== 0 && action !== 1) throw new HostError(`proxy_on_request_headers returned ${action}`);
    return { context, isPaused: action === 1, headers: headers.list() };
  }

  /** Gives a stream attributes that it did not have when it began. */
  addAttributes(context: number, added: Readonly<Record<string, Attribute>>): void {
    this.#state.contexts.set(
      context,
      new Map([...(this.#state.contexts.get(context) ?? []), ...Object.entries(added)]),
    );
  }

  /** Ends a stream, answered or reset. */
  end(context: number): void {
    this.#state.effective = context;
    this.#enter("log", ({ proxy_on_log }) => {
      proxy_on_log?.(context);
      return 0;
    });
    this.#state.contexts.delete(context);
  }

  /** What the filter decided about paused streams since the last call, in order. */
  takeDecisions(): readonly Decision[] {
    return this.#state.decisions.splice(0);
  }

  /** Milliseconds between ticks, as the filter asked for. */
  get tickPeriod(): number {
    return this.#state.tickPeriod;
  }

  /** Calls into the module. Its host calls are answered from `given`. */
  #enter(
    occasion: Occasion,
    call: (callbacks: Guest["callbacks"]) => number,
    given: Partial<Pick<HostState, "configuration" | "headers" | "properties">> = {},
  ): number {
    Object.assign(this.#state, { occasion, calls: [], logs: [], filterState: new Map() }, given);
    try {
      return call(this.#guest.callbacks);
    } finally {
      this.#state.occasion = undefined;
      this.#state.headers = undefined;
    }
  }
}
