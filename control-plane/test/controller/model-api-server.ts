// Models an API server as the controller sees it: writes take time and may be refused, the watch lags a little, objects have managers and
// digests.
import type { Condition } from "../../src/api/conditions.ts";
import type { Manifest, ManifestRef } from "../../src/core/manifest.ts";
import { keyOf, summaryOf } from "../../src/reconcile/object-summary.ts";
import type { CacheState, Kubernetes, OwnedObject, PolicyObject } from "../../src/reconcile/ports.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type StoredObject = { readonly manifest: Manifest; readonly owned: OwnedObject };

/** The desired state of a namespace: the model's ladder and policy. */
export type NamespacePolicy = {
  readonly hosts: readonly string[];
  readonly rules: string;
  readonly module: string;
  /** Its sidecars classify requests, so that all proxies have to write the default level. */
  readonly classifies?: boolean;
};

export class ModelApiServer {
  readonly objects = new Map<string, StoredObject>();
  readonly namespacePolicies = new Map<string, NamespacePolicy>();
  readonly writes: { readonly at: number; readonly verb: string; readonly key: string; readonly by: string }[] = [];
  readonly events: string[] = [];
  conditions = new Map<string, readonly Condition[]>();
  /** Milliseconds for a write. */
  latency = 8;
  /** Milliseconds by which one of several writes may take longer than another. */
  spread = 0;
  watchLag = 5;
  /** The reason why a write is refused: a text if it may succeed later; undefined: it succeeds. */
  refuse: (verb: string, key: string) => string | Error | undefined = () => undefined;
  changed: () => void = () => {};
  /** Called before conditions are written. */
  onConditions: (namespace: string, conditions: readonly Condition[]) => void = () => {};
  /** When an object of the controller's was last changed by someone else, by namespace. */
  readonly editedAt = new Map<string, number>();
  stored: (manifest: Manifest) => void = () => {};
  readonly #clock: VirtualClock;
  #begun = 0;
  #seen: CacheState;
  #revision = 0;
  #generations = new Map<string, number>();
  #policySetAt = new Map<string, number>();
  /** Proxies without a Pod, as namespace/name. */
  readonly outside = new Set<string>();
  /** Names of pods with a sidecar that are ready. */
  sidecars: (namespace: string) => readonly string[] = () => [];
  labels: (namespace: string, pod: string) => Readonly<Record<string, string>> = () => ({});

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#seen = this.#cacheState();
  }

  /** Whether all proxies of the mesh should write the default level. */
  get writesDefault(): boolean {
    return [...this.namespacePolicies.values()].some(({ classifies }) => classifies === true);
  }

  /** Undefined: the namespace should have no objects any more. */
  setPolicy(namespace: string, policy: NamespacePolicy | undefined): void {
    if (policy === undefined) this.namespacePolicies.delete(namespace);
    else this.namespacePolicies.set(namespace, policy);
    this.#generations.set(namespace, (this.#generations.get(namespace) ?? 0) + 1);
    this.#policySetAt.set(namespace, this.#clock.now());
    this.#revision++;
    this.#tell();
  }

  generation(namespace: string): number | undefined {
    return this.#generations.get(namespace);
  }

  policySetAt(namespace: string): number {
    return this.#policySetAt.get(namespace) ?? 0;
  }

  /** Removes an object, as someone other than the controller. */
  remove(key: string): void {
    const there = this.objects.get(key);
    if (there === undefined) return;
    this.editedAt.set(there.owned.ref.metadata.namespace, this.#clock.now());
    this.#delete(key);
  }

  #delete(key: string): void {
    const there = this.objects.get(key);
    if (there === undefined) return;
    this.objects.delete(key);
    this.#tell();
    this.stored(there.manifest);
  }

  /** Changes an object, as someone other than the controller. */
  edit(key: string, change: (manifest: Manifest) => Manifest): void {
    const there = this.objects.get(key);
    if (there === undefined) return;
    this.editedAt.set(there.owned.ref.metadata.namespace, this.#clock.now());
    this.#store(change(there.manifest));
  }

  /** The current state, rather than what the watch shows. */
  now(): CacheState {
    return this.#cacheState();
  }

  port(by: string): Kubernetes {
    const write = async (verb: string, key: string, done: () => void): Promise<void> => {
      // By the golden ratio: neighbours differ much, and the same walk is the same again.
      const extra = this.spread * ((this.#begun++ * 0.618) % 1);
      await this.#clock.sleep(this.latency / 2 + extra);
      const reason = this.refuse(verb, key);
      if (reason === undefined) {
        this.writes.push({ at: this.#clock.now(), verb, key, by });
        done();
      }
      await this.#clock.sleep(this.latency / 2);
      if (reason !== undefined) throw typeof reason === "string" ? new Error(reason) : reason;
    };
    return {
      cacheState: () => this.#seen,
      staleness: () => 0,
      apply: async (manifest) => {
        const key = keyOf(manifest);
        let owned: OwnedObject | undefined;
        await write("apply", key, () => {
          owned = this.#store(manifest);
        });
        return owned!;
      },
      remove: (ref) => write("remove", keyOf(ref), () => this.#delete(keyOf(ref))),
      writeConditions: (object, conditions) => {
        const namespace = object.ref.namespace!;
        this.onConditions(namespace, conditions);
        return write("status", `PriorityPolicy ${namespace}/${object.ref.name}`, () => {
          this.conditions.set(namespace, conditions);
          this.#tell();
        });
      },
      record: (object, type, reason) => this.events.push(`${object.ref.namespace} ${type} ${reason}`),
    };
  }

  #store(manifest: Manifest): OwnedObject {
    const { apiVersion, kind, metadata } = manifest;
    const ref: ManifestRef = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
    // As over the wire: a new object, with its fields in another order.
    const copy = JSON.parse(JSON.stringify(manifest)) as Manifest;
    const owned = { ref, summary: summaryOf(copy) };
    const before = this.objects.get(keyOf(ref))?.owned.summary;
    this.objects.set(keyOf(ref), { manifest: copy, owned });
    if (before?.digest !== owned.summary.digest) this.#tell();
    // A different label changes nothing for istiod.
    if (before?.spec !== owned.summary.spec) this.stored(copy);
    return owned;
  }

  #tell(): void {
    const cacheState = this.#cacheState();
    this.#clock.after(this.watchLag, () => {
      this.#seen = cacheState;
      this.changed();
    });
  }

  #cacheState(): CacheState {
    const owned = [...this.objects.values()].map((object) => object.owned);
    const policies = [...this.namespacePolicies.keys()].map(
      (namespace): PolicyObject => ({
        ref: { kind: "PriorityPolicy", namespace, name: "exports" },
        uid: namespace,
        generation: this.#generations.get(namespace) ?? 1,
        conditions: this.conditions.get(namespace) ?? [],
      }),
    );
    const namespacePolicies = new Map(this.namespacePolicies);
    const cacheState: CacheState & { readonly namespacePolicies: ReadonlyMap<string, NamespacePolicy> } = {
      ...{ revision: this.#revision, problems: [], policies, owned, nodes: [], namespacePolicies },
      ladder: { apiVersion: "expedite.dev/v1alpha1", kind: "PriorityLadder", name: "default", uid: "1" },
      podsWithSidecar: (namespace) =>
        this.sidecars(namespace).filter((pod) => !this.outside.has(`${namespace}/${pod}`)),
      pod: (namespace, pod) =>
        this.outside.has(`${namespace}/${pod}`)
          ? undefined
          : { labels: this.labels(namespace, pod), address: `${namespace}/${pod}`, isReady: true },
    };
    return cacheState;
  }

  programmed(namespace: string): Condition | undefined {
    return this.conditions.get(namespace)?.find(({ type }) => type === "Programmed");
  }

  /** Whether Programmed is True for what is currently wanted. */
  isProgrammed(namespace: string): boolean {
    const condition = this.programmed(namespace);
    return condition?.status === "True" && condition.observedGeneration === this.#generations.get(namespace);
  }
}
