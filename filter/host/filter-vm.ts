// A proxy-wasm host for the compiled filter: configurations, requests and responses enter as plain data; verdicts,
// headers, metrics and the transcript of host calls leave. One FilterVm is what Envoy has per worker thread.
import { type Guest, HostError, instantiate } from "./guest.ts";
import { type Header, HeaderMap } from "./headers.ts";
import { type HostState, hostFunctions, type Occasion } from "./host-functions.ts";
import { SharedData } from "./shared-data.ts";

export interface FilterVmOptions {
  /** filter.wasm. */
  readonly module: Uint8Array;
  /** Shared by the workers of one proxy. Default: of this VM alone. */
  readonly sharedData?: SharedData;
  /** Nanoseconds since 1970. Default: the wall clock. */
  readonly clock?: () => bigint;
}

export interface ConfigureResult {
  readonly accepted: boolean;
  readonly logs: readonly string[];
}

/** @throws HostError where the module is not one that this host, and Envoy, can run */
export function startFilterVm(options: FilterVmOptions): FilterVm {
  return new FilterVm(options);
}

export class FilterVm {
  readonly #state: HostState;
  readonly #guest: Guest;
  #lastContext = 0;

  constructor({
    module,
    sharedData = new SharedData(),
    clock = () => BigInt(Date.now()) * 1_000_000n,
  }: FilterVmOptions) {
    const state = {
      sharedData,
      clock,
      occasion: undefined,
      configuration: new Uint8Array(),
      headers: undefined,
      properties: new Map<string, string>(),
      counters: [],
      logs: [],
      calls: [],
      tickPeriod: 0,
    } as Omit<HostState, "guest"> as HostState;
    this.#guest = instantiate(module, hostFunctions(state));
    this.#state = Object.assign(state, { guest: this.#guest });
    this.#guest.callbacks._initialize();
  }

  /** The host calls of the last callback, in order: the function's name and what it is about. */
  get calls(): readonly string[] {
    return this.#state.calls;
  }

  get counters(): ReadonlyMap<string, number> {
    return new Map(this.#state.counters.map(({ name, value }) => [name, value]));
  }

  /** Linear memory in pages of 64 KiB. */
  get pages(): number {
    return this.#guest.pages;
  }

  createRoot(): RootContext {
    return new RootContext(this, this.createContext(0));
  }

  /** The new context's id. Root contexts and streams count together, as in Envoy. */
  createContext(root: number): number {
    this.#lastContext += 1;
    this.enter(undefined, ({ proxy_on_context_create }) => proxy_on_context_create(this.#lastContext, root));
    return this.#lastContext;
  }

  /** Calls into the module. What it asks of the host meanwhile is answered from `given`. */
  enter(
    occasion: Occasion,
    call: (callbacks: Guest["callbacks"]) => number,
    given: Partial<Pick<HostState, "configuration" | "headers" | "properties">> = {},
  ): number {
    Object.assign(this.#state, { occasion, calls: [], logs: [] }, given);
    try {
      return call(this.#guest.callbacks);
    } finally {
      this.#state.occasion = undefined;
      this.#state.headers = undefined;
    }
  }

  get logs(): readonly string[] {
    return this.#state.logs;
  }
}

export class RootContext {
  readonly #vm: FilterVm;
  readonly #id: number;

  constructor(vm: FilterVm, id: number) {
    this.#vm = vm;
    this.#id = id;
  }

  /** @param text the plugin configuration, JSON where it is a good one */
  configure(text: string | Uint8Array): ConfigureResult {
    const configuration = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const call = ({ proxy_on_configure }: Guest["callbacks"]): number =>
      proxy_on_configure(this.#id, configuration.length);
    const accepted = this.#vm.enter("configure", call, { configuration }) === 1;
    return { accepted, logs: this.#vm.logs };
  }

  tick(): void {
    this.#vm.enter("tick", ({ proxy_on_tick }) => proxy_on_tick(this.#id));
  }

  /** @param properties Envoy attributes of the stream, keyed by their path with dots */
  openStream(properties: ReadonlyMap<string, string> = new Map()): StreamContext {
    return new StreamContext(this.#vm, this.#vm.createContext(this.#id), properties);
  }

  delete(): void {
    this.#vm.enter("delete", ({ proxy_on_delete }) => proxy_on_delete(this.#id));
  }
}

export class StreamContext {
  readonly #vm: FilterVm;
  readonly #id: number;
  readonly #properties: ReadonlyMap<string, string>;

  constructor(vm: FilterVm, id: number, properties: ReadonlyMap<string, string>) {
    this.#vm = vm;
    this.#id = id;
    this.#properties = properties;
  }

  #pass(occasion: "request" | "response", list: readonly Header[]): readonly Header[] {
    const headers = new HeaderMap(list);
    const name = occasion === "request" ? "proxy_on_request_headers" : "proxy_on_response_headers";
    const action = this.#vm.enter(occasion, (callbacks) => callbacks[name](this.#id, list.length, 1), {
      headers,
      properties: this.#properties,
    });
    if (action !== 0) throw new HostError(`${name} returned ${action} instead of Continue`);
    return headers.list();
  }

  /** @returns the headers that go on to the next filter */
  request(headers: readonly Header[]): readonly Header[] {
    return this.#pass("request", headers);
  }

  response(headers: readonly Header[]): readonly Header[] {
    return this.#pass("response", headers);
  }

  close(): void {
    this.#vm.enter("delete", ({ proxy_on_delete }) => proxy_on_delete(this.#id));
  }
}
