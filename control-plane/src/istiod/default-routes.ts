// In: what istiod generates for proxies. Out: what the mesh's default routes say besides their cluster (timeout, retries …), each variant once.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { DefaultRoute } from "../core/snapshot.ts";
import type { Kubernetes, Mesh, ProxyReport } from "../reconcile/ports.ts";

const route = z.looseObject({
  name: z.literal("default"),
  metadata: z.undefined().optional(),
  route: z.looseObject({ cluster: z.string().regex(/^outbound\|\d+\|\|/), hashPolicy: z.undefined().optional() }),
});
const routeConfiguration = z.looseObject({
  virtualHosts: z.array(z.looseObject({ routes: z.array(z.unknown()).default([]) })).default([]),
});

/** `configurations`: RouteConfigurations as istiod writes them in JSON. A route of a user's has metadata, and one that hashes is not plain. */
export function defaultRoutesOf(configurations: readonly unknown[]): readonly DefaultRoute[] {
  const found = configurations
    .flatMap((one) => routeConfiguration.safeParse(one).data?.virtualHosts ?? [])
    .flatMap(({ routes }) => routes.flatMap((one) => route.safeParse(one).data ?? []))
    .map(({ route: { cluster: _, ...rest } }): DefaultRoute => rest);
  return distinct(found);
}

function distinct(routes: readonly DefaultRoute[]): readonly DefaultRoute[] {
  return [...new Map(routes.map((one) => [JSON.stringify(one), one])).values()];
}

/** Milliseconds: until a proxy is there to ask, and between later looks. The mesh's settings change seldom, and an answer is long. */
const impatient = 2_000;
const patient = 60_000;

export type DefaultRoutes = {
  /** Undefined: nobody could be asked yet. What was seen stays while nobody answers. */
  readonly seen: () => readonly DefaultRoute[] | undefined;
  /** How often the answer became another. */
  readonly changes: () => number;
  readonly stop: () => Promise<void>;
};

/** Of one sidecar for each version of Istio; empty where there is none. @throws when an istiod pod does not answer */
export async function readDefaultRoutes(mesh: Mesh): Promise<readonly DefaultRoute[]> {
  const sidecars = (await mesh.proxies()).filter(
    ({ isGateway, exchanges }) => !isGateway && exchanges.RDS?.isAcknowledged === true,
  );
  const byVersion = new Map(sidecars.map((proxy): [string, ProxyReport] => [proxy.istioVersion, proxy]));
  const answers = await Promise.all([...byVersion.values()].map((proxy) => mesh.configuration(proxy)));
  return distinct(answers.flatMap(({ defaultRoutes }) => defaultRoutes));
}

/** `changed` is called when another answer came. */
export function watchDefaultRoutes(mesh: Mesh, changed: () => void): DefaultRoutes {
  const ending = new AbortController();
  let seen: readonly DefaultRoute[] | undefined;
  let changes = 0;
  async function look(): Promise<void> {
    const found = await readDefaultRoutes(mesh);
    if (found.length === 0 || JSON.stringify(found) === JSON.stringify(seen)) return;
    seen = found;
    changes++;
    changed();
  }
  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      // Status says that istiod does not answer.
      await look().catch(() => {});
      const pause = seen === undefined ? impatient : patient;
      await sleep(pause, undefined, { signal: ending.signal }).catch(() => {});
    }
  }
  const running = run();
  return {
    seen: () => seen,
    changes: () => changes,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** The world with them in its snapshot: another answer is another revision. */
export function withDefaultRoutes(kubernetes: Kubernetes, { seen, changes }: DefaultRoutes): Kubernetes {
  return {
    ...kubernetes,
    world: () => {
      const world = kubernetes.world();
      const defaultRoutes = seen();
      if (world?.snapshot === undefined || defaultRoutes === undefined) return world;
      return { ...world, revision: world.revision + changes(), snapshot: { ...world.snapshot, defaultRoutes } };
    },
  };
}
