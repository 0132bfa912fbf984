// Models istiod and the proxies as the controller sees them, after pilot/pkg/xds of 1.31: changes arrive a little late and are debounced;
// each push is generated from the state at one moment; pushes to one proxy are sequential, and merge while they wait; extensions come last,
// and only if an EnvoyFilter changed; a refused type stays as it was. A restarted istiod lists what is stored and knows only proxies that
// have reconnected.
import type { Manifest } from "../../src/core/manifest.ts";
import type { Mesh, ProxyReport, ResourceType } from "../../src/reconcile/ports.ts";
import type { ModelApiServer } from "./model-api-server.ts";
import { countersOf, type Generated, generate, ModelProxy, type State } from "./model-proxy.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** In the order in which istiod pushes them. */
const order: readonly ResourceType[] = ["CDS", "LDS", "RDS", "ECDS"];
/** Milliseconds: PILOT_DEBOUNCE_MAX. */
const longestDebounce = 10_000;

/** A type that was requested and not answered yet is not reported. */
const copied = (exchanges: ModelProxy["exchanges"]): ModelProxy["exchanges"] =>
  Object.fromEntries(
    Object.entries(exchanges).flatMap(([type, exchange]) => (exchange.nonce === "" ? [] : [[type, { ...exchange }]])),
  );

export class ModelIstiod {
  readonly proxies: ModelProxy[] = [];
  /** Milliseconds: until it hears of a change; after the last change; for each type of a push; until a proxy answers. */
  lag = 5;
  debounce = 100;
  generation = 5;
  answer = 3;
  isSilent = false;
  /** Its pod's name. Between two runs, nothing serves the proxies. */
  id = "one";
  #isDown = false;
  /** It accepts requests and never answers. */
  isHanging = false;
  /** Whether metrics can be read, and whether the filter's VMs tick. */
  metrics: "open" | "closed" | "stopped" = "open";
  /** Milliseconds until metrics are answered, or until it is known that they can't be read. */
  metricsTake = 2;
  /** A proxy's reason for refusing a type, or undefined: it accepts it. */
  refuse: (proxy: ModelProxy, type: ResourceType, generated: Generated) => string | undefined = () => undefined;
  readonly #clock: VirtualClock;
  readonly #api: ModelApiServer;
  #count = 1;
  /** The objects that it has heard of. */
  #objects: ReadonlyMap<string, Manifest> = new Map();
  #state: State = { version: { at: 0, count: 1 }, objects: new Map() };
  #nonce = 0;
  #heardAt = 0;
  /** How many changes it has heard of since it started. */
  #heard = 0;
  #startedAt = 0;
  #cancel = (): void => {};
  #debouncedSince: number | undefined;
  /** The types to push to the proxies of each namespace. */
  #touched = new Map<string, ReadonlySet<ResourceType>>();

  constructor(clock: VirtualClock, api: ModelApiServer) {
    this.#clock = clock;
    this.#api = api;
    api.sidecars = (namespace) =>
      this.proxies.filter((proxy) => proxy.namespace === namespace && proxy.isReady).map(({ pod }) => pod);
    api.stored = (manifest) => {
      const objects = new Map([...this.#api.objects].map(([key, stored]) => [key, stored.manifest]));
      // It hears of changes in order.
      this.#heardAt = Math.max(this.#heardAt, this.#clock.now() + this.lag);
      this.#clock.after(this.#heardAt - this.#clock.now(), () => {
        if (this.#isDown) return;
        this.#objects = objects;
        const { exportTo = [] } = manifest.spec as { readonly exportTo?: readonly string[] };
        if (manifest.kind === "EnvoyFilter") this.touch(manifest.metadata.namespace, order);
        else for (const namespace of exportTo) this.touch(namespace);
      });
    };
  }

  /** A change for which the namespace's proxies get a push; by default not one of an EnvoyFilter. */
  touch(namespace: string, types: readonly ResourceType[] = ["CDS", "LDS", "RDS"]): void {
    if (this.#isDown) return;
    const now = this.#clock.now();
    this.#heard++;
    this.#touched.set(namespace, new Set([...(this.#touched.get(namespace) ?? []), ...types]));
    this.#debouncedSince ??= now;
    this.#cancel();
    const left = this.#debouncedSince + longestDebounce - now;
    this.#cancel = this.#clock.after(Math.min(this.debounce, left), () => this.#push());
  }

  connect(namespace: string, pod: string): ModelProxy {
    const proxy = new ModelProxy(namespace, pod, this.#state, this.#clock.now());
    this.proxies.push(proxy);
    if (this.#isDown) proxy.isConnected = false;
    else this.#enqueue(proxy, this.#state, new Set(["CDS", "LDS", "RDS"]));
    return proxy;
  }

  /** Its pushes arrive again. */
  rejoin(proxy: ModelProxy): void {
    proxy.isCut = false;
    if (proxy.isConnected) this.#enqueue(proxy, this.#state, new Set(order));
  }

  /**
   * Ends its process; after `away` milliseconds another one runs, to which a proxy reconnects every `between` milliseconds. `away` is at
   * least 1,000, because the process itself takes longer to start, and the versions that distinguish the two are in whole seconds.
   */
  restart(away: number, between: number, id = this.id): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#cancel();
    this.#touched = new Map();
    this.#debouncedSince = undefined;
    for (const proxy of this.proxies) proxy.disconnect();
    this.#clock.after(away, () => {
      this.id = id;
      this.#isDown = false;
      this.#objects = new Map([...this.#api.objects].map(([key, stored]) => [key, stored.manifest]));
      this.#count = 1;
      [this.#heard, this.#startedAt] = [0, this.#clock.now()];
      this.#state = { version: { at: this.#second(), count: 1 }, objects: this.#objects };
      for (const [index, proxy] of this.proxies.entries())
        this.#clock.after((index + 1) * between, () => this.#reconnect(proxy));
    });
  }

  #reconnect(proxy: ModelProxy): void {
    if (this.#isDown || proxy.isConnected) return;
    proxy.isConnected = true;
    this.#enqueue(proxy, this.#state, new Set(["CDS", "LDS", "RDS"]));
  }

  /** Whole seconds, as in a version. */
  #second(): number {
    return Math.floor(this.#clock.now() / 1000) * 1000;
  }

  port(): Mesh {
    return {
      debounce: () => ({ after: this.debounce, max: longestDebounce }),
      proxies: async (namespace) => {
        await this.#clock.sleep(4);
        if (this.isHanging) await new Promise(() => {});
        if (this.isSilent || this.#isDown) throw new Error("istiod does not answer");
        return this.proxies
          .filter((proxy) => proxy.isConnected && (namespace === undefined || proxy.namespace === namespace))
          .map(({ namespace: place, pod, exchanges }): ProxyReport => {
            const common = { namespace: place, pod, istioVersion: "1.31.0", isGateway: false, istiod: this.id };
            return { ...common, exchanges: copied(exchanges) };
          });
      },
      heard: async () => {
        await this.#clock.sleep(4);
        return this.isSilent || this.#isDown ? undefined : `${this.#startedAt} ${this.#heard}`;
      },
      filter: async (address) => {
        await this.#clock.sleep(this.metricsTake);
        const [namespace = "", pod = ""] = address.split("/");
        const proxy = this.proxies.find((one) => one.namespace === namespace && one.pod === pod);
        if (this.metrics === "closed" || proxy === undefined) return undefined;
        const rate = this.metrics === "open" ? 2 : 1;
        const ticks = Math.floor((this.#clock.now() / 1000) * rate);
        return { workers: 1, ticks: Object.fromEntries(proxy.counters.map((counter) => [counter, ticks])) };
      },
    };
  }

  #push(): void {
    const touched = this.#touched;
    // A push contains new EnvoyFilters only if it was caused by an EnvoyFilter.
    const isOfFilters = [...touched.values()].some((types) => types.has("ECDS"));
    const before = [...this.#state.objects].filter(([, { kind }]) => kind === "EnvoyFilter");
    const others = [...this.#objects].filter(([, { kind }]) => kind !== "EnvoyFilter");
    const objects = isOfFilters ? this.#objects : new Map([...before, ...others]);
    this.#state = { version: { at: this.#second(), count: ++this.#count }, objects };
    this.#touched = new Map();
    this.#debouncedSince = undefined;
    for (const proxy of this.proxies) {
      const types = touched.get(proxy.namespace);
      if (types !== undefined && proxy.isConnected) this.#enqueue(proxy, this.#state, types);
    }
  }

  #enqueue(proxy: ModelProxy, state: State, types: ReadonlySet<ResourceType>): void {
    const { waiting } = proxy;
    const isNewer = waiting !== undefined && waiting.state.version.count > state.version.count;
    proxy.waiting = { state: isNewer ? waiting.state : state, types: new Set([...(waiting?.types ?? []), ...types]) };
    if (!proxy.isBusy) void this.#serve(proxy);
  }

  async #serve(proxy: ModelProxy): Promise<void> {
    const { connection } = proxy;
    proxy.isBusy = true;
    while (proxy.connection === connection && proxy.waiting !== undefined) {
      const { state, types } = proxy.waiting;
      proxy.waiting = undefined;
      proxy.state = state;
      // It requests extensions only if its listeners name one.
      for (const type of order)
        if (
          proxy.connection === connection &&
          types.has(type) &&
          (type !== "ECDS" || proxy.exchanges.ECDS !== undefined)
        )
          await this.#send(proxy, type);
    }
    if (proxy.connection === connection) proxy.isBusy = false;
  }

  async #send(proxy: ModelProxy, type: ResourceType): Promise<void> {
    const { connection, state } = proxy;
    const { version, objects } = state;
    await this.#clock.sleep(this.generation);
    if (proxy.connection !== connection) return;
    const sent = { nonce: String(++this.#nonce), version, isAcknowledged: false };
    const earlier = proxy.exchanges[type]?.refused;
    proxy.exchanges[type] = earlier === undefined ? sent : { ...sent, refused: earlier };
    const exchange = proxy.exchanges[type]!;
    this.#clock.after(this.answer, () => this.#take(proxy, type, objects, exchange));
  }

  #take(
    proxy: ModelProxy,
    type: ResourceType,
    objects: State["objects"],
    exchange: NonNullable<ModelProxy["exchanges"]["CDS"]>,
  ): void {
    if (proxy.isCut || !proxy.isConnected || proxy.exchanges[type] === undefined) return;
    const generated = generate(objects.values(), proxy.namespace);
    const reason = this.refuse(proxy, type, generated);
    if (reason !== undefined) {
      // Whatever else was to be pushed meanwhile.
      proxy.exchanges[type]!.refused = reason;
      return;
    }
    proxy.taken = { ...proxy.taken, [type]: generated[type] };
    if (type === "ECDS")
      proxy.counters = [...new Set([...proxy.counters, ...countersOf(objects.values(), proxy.namespace)])];
    if (proxy.exchanges[type] === exchange) {
      exchange.isAcknowledged = true;
      delete exchange.refused;
    }
    // After a reconnect, a proxy whose listeners name no extension requests none.
    if (type === "LDS" && generated.LDS.length === 0 && proxy.exchanges.ECDS === undefined)
      proxy.taken = { ...proxy.taken, ECDS: [] };
    if (type === "ECDS" || (type === "LDS" && generated.LDS.length === 0)) proxy.isReady = true;
    if (type !== "LDS" || generated.LDS.length === 0 || proxy.exchanges.ECDS !== undefined) return;
    proxy.exchanges.ECDS = { nonce: "", isAcknowledged: false };
    this.#enqueue(proxy, proxy.state, new Set(["ECDS"]));
  }
}
