// In: what is pushed to the mesh's proxies. Out: its default routes, as one sidecar of each version of Istio has them. Of a sidecar that
// was asked before istiod is asked again only when its routes were pushed anew.
import type { DefaultRoute } from "../core/snapshot.ts";
import type { ProxyReport } from "../reconcile/ports.ts";
import { variantsOf } from "./default-routes.ts";

/** @throws when the proxy's istiod does not answer, or can't be asked for this proxy alone */
export type AskDefaultRoutes = (proxy: ProxyReport) => Promise<readonly DefaultRoute[]>;

type Sample = { readonly proxy: string; readonly push: string; readonly routes: readonly DefaultRoute[] };

/** Sidecars of a version that are tried: one may have no default route, or a name that is part of another's. */
const tries = 4;

export class DefaultRouteSamples {
  readonly #ask: AskDefaultRoutes;
  readonly #byVersion = new Map<string, Sample>();

  constructor(ask: AskDefaultRoutes) {
    this.#ask = ask;
  }

  /**
   * `reports`: of the whole mesh. `routes`: each variant once, sorted; empty where there is no sidecar. `failure`: why nobody could be asked of
   * some version, for which the last answer counts.
   */
  async look(
    reports: readonly ProxyReport[],
  ): Promise<{ readonly routes: readonly DefaultRoute[]; readonly failure?: Error }> {
    const sidecars = reports.filter(({ isGateway, exchanges }) => !isGateway && exchanges.RDS !== undefined);
    const byVersion = Map.groupBy(sidecars, ({ istioVersion }) => istioVersion);
    for (const version of this.#byVersion.keys()) if (!byVersion.has(version)) this.#byVersion.delete(version);
    const failures = await Promise.all([...byVersion].map(([version, proxies]) => this.#sample(version, proxies)));
    const failure = failures.find((one) => one !== undefined);
    const routes = variantsOf([...this.#byVersion.values()].flatMap((sample) => sample.routes));
    return { routes, ...(failure === undefined ? {} : { failure }) };
  }

  async #sample(version: string, proxies: readonly ProxyReport[]): Promise<Error | undefined> {
    const last = this.#byVersion.get(version);
    const same = proxies.find((proxy) => nameOf(proxy) === last?.proxy);
    if (same !== undefined && pushOf(same) === last?.push) return undefined;
    let failure: Error | undefined;
    let empty: Sample | undefined;
    for (const proxy of candidates(proxies, same)) {
      try {
        const sample = { proxy: nameOf(proxy), push: pushOf(proxy), routes: await this.#ask(proxy) };
        if (sample.routes.length > 0) {
          this.#byVersion.set(version, sample);
          return undefined;
        }
        empty ??= sample;
      } catch (error) {
        failure = error as Error;
      }
    }
    if (empty === undefined) return failure;
    this.#byVersion.set(version, empty);
    return undefined;
  }
}

const nameOf = ({ pod, namespace }: ProxyReport): string => `${namespace}/${pod}`;
const pushOf = ({ istiod, exchanges }: ProxyReport): string => `${istiod} ${exchanges.RDS?.nonce}`;

/** The one that was asked before, then those that are there for certain. */
function candidates(proxies: readonly ProxyReport[], same: ProxyReport | undefined): readonly ProxyReport[] {
  const others = proxies.filter((proxy) => proxy !== same && proxy.exchanges.RDS?.isAcknowledged === true);
  const sorted = others.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return [...(same === undefined ? [] : [same]), ...sorted].slice(0, tries);
}
