// A random walk: a sequence of things that can happen to a mesh and its controller, and what must hold throughout.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Condition } from "../../src/api/conditions.ts";
import { Model } from "./model.ts";
import type { ModelProxy } from "./model-proxy.ts";

const namespaces = ["a", "b"] as const;
const objects = ["expedite-filter", "expedite-clusters", "expedite-routes", "expedite-levels"] as const;

const place = fc.constantFrom(...namespaces);
const pause = fc.constantFrom(0, 20, 120, 400, 1_500, 6_000, 14_000);

export const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("policy" as const),
      namespace: place,
      hosts: fc.option(fc.subarray(["p", "q", "r", "bad"]), { nil: undefined, freq: 5 }),
      rules: fc.constantFrom("x", "y"),
      classifies: fc.boolean(),
      pause,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("remove" as const),
      namespace: place,
      name: fc.constantFrom(...objects),
      pause,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("edit" as const),
      namespace: place,
      name: fc.constantFrom(objects[0], objects[2]),
      pause,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("slow" as const),
      lag: fc.constantFrom(0, 5, 150),
      generation: fc.constantFrom(1, 30, 400),
      spread: fc.constantFrom(0, 20, 800),
      pause,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("churn" as const),
      after: fc.constantFrom(0, 60, 300, 900),
      lasts: fc.constantFrom(500, 2_000, 15_000),
      every: fc.constantFrom(10, 80, 900),
      pause,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom("cut" as const, "rejoin" as const), index: fc.nat(5), pause }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("refuse" as const),
      name: fc.option(fc.constantFrom(...objects), { nil: undefined }),
      pause,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom(
        "kill" as const,
        "restart" as const,
        "silence" as const,
        "touch" as const,
        "depose" as const,
      ),
      pause,
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("connect" as const), namespace: place, pause }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("restart istiod" as const),
      away: fc.constantFrom(1_000, 2_000, 9_000),
      between: fc.constantFrom(0, 50, 1_500),
      isReplaced: fc.boolean(),
      pause,
    }),
  },
);

const keyAt = (namespace: string, name: string): string =>
  `${name === "expedite-levels" ? "DestinationRule" : "EnvoyFilter"} ${namespace}/${name}`;

export type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

export class Walk {
  readonly model = new Model();
  #connected = 0;
  /** When a policy last changed what the namespaces of others should have: whether the mesh writes the default level. */
  #othersChangedAt = -Infinity;
  /** Wrong reports of Programmed. They are collected, because the controller would take an exception here for a refused write. */
  readonly #falseReports: string[] = [];

  /** `debounce`: PILOT_DEBOUNCE_AFTER of the mesh's istiods, in milliseconds. */
  async play(debounce: number, happenings: readonly Happening[]): Promise<void> {
    const { model } = this;
    model.istiod.debounce = debounce;
    for (const namespace of namespaces) for (let index = 0; index < 3; index++) this.#connect(namespace);
    model.istiod.refuse = (_, type, { CDS }) =>
      type === "CDS" && CDS.some((text) => text.includes("|bad")) ? "no such thing" : undefined;
    model.api.onConditions = (namespace, conditions) => this.#checkStatus(namespace, conditions);
    model.start();
    for (const one of happenings) {
      await this.#happen(one);
      await model.clock.pass(one.pause);
      this.#check();
    }
    await this.#heal();
  }

  async #happen(one: Happening): Promise<void> {
    const { api, istiod, clock } = this.model;
    if (one.what === "policy") {
      const { namespace, hosts, rules, classifies } = one;
      const before = api.writesDefault;
      api.setPolicy(namespace, hosts === undefined ? undefined : { hosts, rules, module: "m", classifies });
      if (before !== api.writesDefault) this.#othersChangedAt = clock.now();
    } else if (one.what === "remove") api.remove(keyAt(one.namespace, one.name));
    else if (one.what === "edit")
      api.edit(keyAt(one.namespace, one.name), (manifest) => ({
        ...manifest,
        spec: { configPatches: [] },
      }));
    else if (one.what === "slow") {
      Object.assign(istiod, { lag: one.lag, generation: one.generation });
      api.spread = one.spread;
    } else if (one.what === "cut" || one.what === "rejoin")
      this.#cut(istiod.proxies[one.index % istiod.proxies.length]!, one.what);
    else if (one.what === "refuse")
      api.refuse = (_, key) => (one.name !== undefined && key.endsWith(one.name) ? "no" : undefined);
    else if (one.what === "kill") {
      this.model.kill();
      // A Lease expires before another replica leads.
      await clock.pass(5_000);
      this.model.start();
    } else if (one.what === "restart") {
      await this.model.stop();
      this.model.start();
    } else if (one.what === "depose") await this.model.depose(3_000);
    else if (one.what === "silence") {
      istiod.isSilent = true;
      clock.after(8_000, () => {
        istiod.isSilent = false;
      });
    } else if (one.what === "touch") for (const namespace of namespaces) istiod.touch(namespace);
    else if (one.what === "churn") this.#churn(one);
    else if (one.what === "connect") this.#connect(one.namespace);
    else if (one.what === "restart istiod")
      istiod.restart(one.away, one.between, one.isReplaced ? `${istiod.id}'` : istiod.id);
  }

  /** Others' Services change one after another, so that istiod puts off its pushes. */
  #churn({ after, lasts, every }: Extract<Happening, { readonly what: "churn" }>): void {
    const { clock, istiod } = this.model;
    const end = clock.now() + after + lasts;
    const touch = (): void => {
      if (clock.now() >= end) return;
      istiod.touch("elsewhere");
      clock.after(every, touch);
    };
    clock.after(after, touch);
  }

  #connect(namespace: string): void {
    this.model.istiod.connect(namespace, `web-${this.#connected++}`);
  }

  #cut(proxy: ModelProxy, what: "cut" | "rejoin"): void {
    if (what === "cut") proxy.isCut = true;
    else if (proxy.isCut) this.model.istiod.rejoin(proxy);
  }

  #check(): void {
    assert.deepEqual(this.#falseReports, []);
    assert.deepEqual(this.model.errors, []);
  }

  /** If a namespace is reported as programmed, all proxies that existed and were ready have its configuration. */
  #checkStatus(namespace: string, conditions: readonly Condition[]): void {
    const { api, istiod, clock } = this.model;
    const said = conditions.find(({ type }) => type === "Programmed");
    const isEdited = api.editedAt.has(namespace) && clock.now() - api.editedAt.get(namespace)! < 5_000;
    const isOthers = clock.now() - this.#othersChangedAt < 5_000;
    if (said?.status !== "True" || said.observedGeneration !== api.generation(namespace) || isEdited || isOthers)
      return;
    for (const { namespace: where, pod, connectedAt, isReady } of istiod.proxies)
      if (
        where === namespace &&
        isReady &&
        connectedAt <= api.policySetAt(namespace) &&
        !this.model.hasAll(namespace, pod)
      )
        this.#falseReports.push(`${clock.now()}: ${namespace}/${pod} is reported as programmed: ${said.message}`);
  }

  /** Once everything works again, the mesh converges, and after that nothing is written. */
  async #heal(): Promise<void> {
    const { api, istiod, clock } = this.model;
    api.refuse = () => undefined;
    Object.assign(istiod, { lag: 5, generation: 5 });
    api.spread = 0;
    for (const proxy of istiod.proxies) if (proxy.isCut) istiod.rejoin(proxy);
    await clock.pass(10_000);
    for (const [namespace, policy] of api.namespacePolicies)
      if (policy.hosts.includes("bad"))
        api.setPolicy(namespace, { ...policy, hosts: policy.hosts.filter((host) => host !== "bad") });
    const isDone = (): boolean =>
      this.model.isConverged() && [...api.namespacePolicies.keys()].every((one) => api.isProgrammed(one));
    await clock.until(isDone, 150_000, "converged");
    await clock.pass(30_000);
    const count = api.writes.length;
    await clock.pass(120_000);
    assert.deepEqual(api.writes.slice(count), []);
    this.#check();
    await this.model.stop();
  }
}
