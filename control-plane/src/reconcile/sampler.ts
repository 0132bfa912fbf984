// In: proxies and a plan. Out: what the generated configuration of some of them lacks; each is looked at once per change.
import type { Plan } from "../core/plan.ts";
import type { Mesh, ProxyReport } from "./ports.ts";
import { lacks } from "./proxy-states.ts";

/** Proxies of a namespace that are looked at: those of one namespace are configured alike. */
const perNamespace = 3;

export class Sampler {
  readonly #mesh: Mesh;
  /** namespace/pod → what is lacking; empty: nothing. */
  readonly #known = new Map<string, string>();

  constructor(mesh: Mesh) {
    this.#mesh = mesh;
  }

  /** Something was written. */
  forget(): void {
    this.#known.clear();
  }

  /** Those that lack something are looked at again each time. */
  async lacking(plan: Plan, proxies: readonly ProxyReport[]): Promise<ReadonlyMap<string, string>> {
    const optedOut = new Set(
      plan.enrolments.flatMap(({ namespace, optedOut: pods }) => pods.map((pod) => `${namespace}/${pod}`)),
    );
    for (const members of Map.groupBy(proxies, ({ namespace }) => namespace).values())
      for (const proxy of members
        .filter(({ namespace, pod }) => !optedOut.has(`${namespace}/${pod}`))
        .slice(0, perNamespace)) {
        const key = `${proxy.namespace}/${proxy.pod}`;
        if (this.#known.get(key) === "") continue;
        const configuration = await this.#mesh.configuration(proxy).catch(() => undefined);
        if (configuration !== undefined) this.#known.set(key, lacks(plan, proxy, configuration) ?? "");
      }
    return new Map([...this.#known].filter(([, what]) => what !== ""));
  }
}
