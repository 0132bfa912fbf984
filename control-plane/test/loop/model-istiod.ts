// istiod and the proxies as the loop sees them, after pilot/pkg/xds of 1.31: changes are debounced, each push is made of the state of one
// moment, pushes to one proxy come one after another and merge while they wait, clusters before routes, and a refused type stays as it was.
import type { Mesh, ProxyConfiguration, ProxyReport, ResourceType } from "../../src/reconcile/ports.ts";
import type { ModelApiServer } from "./model-api-server.ts";
import type { VirtualClock } from "./virtual-clock.ts";

type Generated = ProxyConfiguration & { readonly hashes: readonly string[] };
type State = { readonly version: number; readonly namespaces: ReadonlyMap<string, Generated> };
type Exchange = { nonce: string; version: number; isAcknowledged: boolean; refused?: string };

const empty: Generated = {
  ...{ extensions: {}, clusters: [], names: [], hashes: [] },
  ...{ hasSharedRoute: false },
};
const copied = (exchanges: ModelProxy["exchanges"]): ModelProxy["exchanges"] =>
  Object.fromEntries(Object.entries(exchanges).map(([type, exchange]) => [type, { ...exchange }]));

/** As istiod pushes them. */
const order: readonly ResourceType[] = ["CDS", "LDS", "RDS", "ECDS"];

export class ModelProxy {
  readonly namespace: string;
  readonly pod: string;
  clusters: readonly string[] = [];
  /** Took clusters once. Until then its pod is not Ready, and has no requests. */
  isReady = false;
  names: readonly string[] = [];
  extensions: Readonly<Record<string, string>> = {};
  hashes: readonly string[] = [];
  /** Of the push under way or the last one: LastPushContext. */
  state: State;
  waiting: State | undefined;
  isBusy = false;
  /** Takes nothing, as if its network were gone. */
  isCut = false;
  readonly exchanges: Partial<Record<ResourceType, Exchange>> = {};

  readonly connectedAt: number;

  constructor(namespace: string, pod: string, state: State, connectedAt: number) {
    this.connectedAt = connectedAt;
    this.namespace = namespace;
    this.pod = pod;
    this.state = state;
  }
}

export class ModelIstiod {
  readonly proxies: ModelProxy[] = [];
  /** A route named a cluster that its proxy did not have. */
  readonly violations: { readonly proxy: ModelProxy; readonly text: string }[] = [];
  /** Milliseconds: after the last change; for each type of a push; of a proxy until it answers. */
  debounce = 100;
  generation = 5;
  answer = 3;
  isSilent = false;
  /** Takes requests and never answers. */
  isHanging = false;
  /** Whether metrics can be read, and whether the filter's VMs tick. */
  metrics: "open" | "closed" | "stopped" = "open";
  /** Milliseconds until metrics are answered, or it is known that they can't be read. */
  metricsTake = 2;
  /** What a proxy says of a type, or undefined: it takes it. */
  refuse: (proxy: ModelProxy, type: ResourceType, generated: Generated) => string | undefined = () => undefined;
  readonly #clock: VirtualClock;
  readonly #api: ModelApiServer;
  #version = 1;
  #state: State = { version: 1, namespaces: new Map() };
  #nonce = 0;
  #cancel = (): void => {};
  readonly #touched = new Set<string>();

  constructor(clock: VirtualClock, api: ModelApiServer) {
    this.#clock = clock;
    this.#api = api;
    api.stored = (namespace) => this.touch(namespace);
  }

  /** A change that proxies of the namespace are pushed for. */
  touch(namespace: string): void {
    this.#touched.add(namespace);
    this.#cancel();
    this.#cancel = this.#clock.after(this.debounce, () => this.#push());
  }

  connect(namespace: string, pod: string): ModelProxy {
    const proxy = new ModelProxy(namespace, pod, this.#state, this.#clock.now());
    this.proxies.push(proxy);
    this.#enqueue(proxy, this.#state);
    return proxy;
  }

  /** Its pushes come again. */
  rejoin(proxy: ModelProxy): void {
    proxy.isCut = false;
    this.#enqueue(proxy, this.#state);
  }

  port(): Mesh {
    return {
      proxies: async (namespace) => {
        await this.#clock.sleep(4);
        if (this.isHanging) await new Promise(() => {});
        if (this.isSilent) throw new Error("istiod does not answer");
        return this.proxies
          .filter((proxy) => namespace === undefined || proxy.namespace === namespace)
          .map(({ namespace: place, pod, exchanges }): ProxyReport => {
            const common = { namespace: place, pod, istioVersion: "1.31.0", isGateway: false, istiod: "one" };
            return { ...common, exchanges: copied(exchanges) };
          });
      },
      configuration: async ({ namespace, pod }) => {
        await this.#clock.sleep(2);
        const proxy = this.#find(namespace, pod);
        if (this.isSilent || proxy === undefined) throw new Error("istiod does not answer");
        const { hashes: _, ...configuration } = this.#generated(proxy.state, namespace);
        await this.#clock.sleep(2 + 3 * this.generation);
        return configuration;
      },
      filter: async (address) => {
        await this.#clock.sleep(this.metricsTake);
        const [namespace = "", pod = ""] = address.split("/");
        const proxy = this.#find(namespace, pod);
        if (this.metrics === "closed" || proxy === undefined) return undefined;
        const rate = this.metrics === "open" ? 2 : 1;
        const ticks = Math.floor((this.#clock.now() / 1000) * rate);
        return { workers: 1, ticks: Object.fromEntries(proxy.hashes.map((hash) => [hash, ticks])) };
      },
    };
  }

  #find(namespace: string, pod: string): ModelProxy | undefined {
    return this.proxies.find((proxy) => proxy.namespace === namespace && proxy.pod === pod);
  }

  #generated(state: State, namespace: string): Generated {
    return state.namespaces.get(namespace) ?? empty;
  }

  #push(): void {
    const namespaces = new Map<string, Generated>();
    for (const [namespace, objects] of Map.groupBy(
      [...this.#api.objects.values()].map(({ owned }) => owned),
      ({ ref }) => ref.metadata.namespace,
    )) {
      const contents = objects.map(({ content }) => content);
      const extensions = contents.flatMap((content) => content.extensions);
      namespaces.set(namespace, {
        extensions: Object.fromEntries(extensions.map(({ name, generation }) => [name, generation])),
        clusters: contents.flatMap(({ adds }) => adds).sort(),
        names: contents.flatMap(({ names }) => names).sort(),
        hasSharedRoute: contents.some(({ sharesRoute }) => sharesRoute),
        hashes: extensions.map(
          ({ name, hash }) => `wasmcustom.expedite.${name.replace("expedite-", "")}.ticks.${hash}`,
        ),
      });
    }
    this.#state = { version: ++this.#version, namespaces };
    for (const proxy of this.proxies) if (this.#touched.has(proxy.namespace)) this.#enqueue(proxy, this.#state);
    this.#touched.clear();
  }

  #enqueue(proxy: ModelProxy, state: State): void {
    proxy.waiting = state;
    if (!proxy.isBusy) void this.#serve(proxy);
  }

  async #serve(proxy: ModelProxy): Promise<void> {
    proxy.isBusy = true;
    while (proxy.waiting !== undefined) {
      proxy.state = proxy.waiting;
      proxy.waiting = undefined;
      const generated = this.#generated(proxy.state, proxy.namespace);
      for (const type of order) {
        // It asks for extensions only when its listeners name one.
        const isAsked = type !== "ECDS" || generated.hashes.length > 0;
        if (!isAsked) continue;
        await this.#clock.sleep(this.generation);
        const exchange: Exchange = {
          nonce: String(++this.#nonce),
          version: proxy.state.version,
          isAcknowledged: false,
        };
        const earlier = proxy.exchanges[type]?.refused;
        proxy.exchanges[type] = earlier === undefined ? exchange : { ...exchange, refused: earlier };
        const sent = proxy.exchanges[type]!;
        this.#clock.after(this.answer, () => this.#take(proxy, type, generated, sent));
      }
    }
    proxy.isBusy = false;
  }

  #take(proxy: ModelProxy, type: ResourceType, generated: Generated, exchange: Exchange): void {
    if (proxy.isCut) return;
    const reason = this.refuse(proxy, type, generated);
    if (reason !== undefined) {
      exchange.refused = reason;
      return;
    }
    exchange.isAcknowledged = true;
    delete exchange.refused;
    if (type === "CDS") {
      proxy.clusters = generated.clusters;
      proxy.isReady = true;
    } else if (type === "RDS") proxy.names = generated.names;
    else if (type === "ECDS") {
      proxy.extensions = generated.extensions;
      proxy.hashes = [...new Set([...proxy.hashes, ...generated.hashes])];
    }
    const missing = proxy.names.filter((name) => !proxy.clusters.includes(name));
    if (missing.length > 0 && proxy.isReady)
      this.violations.push({
        proxy,
        text: `${this.#clock.now()} ms: ${proxy.namespace}/${proxy.pod} lacks ${missing} after ${type}`,
      });
  }
}
