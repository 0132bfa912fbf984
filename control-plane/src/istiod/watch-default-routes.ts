// In: the mesh, as its leading replica looks at it. Out: the world with the mesh's default routes, not before it is known whether anybody tells them.
import { setTimeout as sleep } from "node:timers/promises";
import type { DefaultRoute, Snapshot } from "../core/snapshot.ts";
import type { Kubernetes, Mesh, ProxyReport } from "../reconcile/ports.ts";
import { type AskDefaultRoutes, DefaultRouteSamples } from "./default-route-samples.ts";

export type DefaultRoutes = {
  /** Undefined: nobody could be asked yet. What was seen stays while nobody answers. */
  readonly seen: () => readonly DefaultRoute[] | undefined;
  /** How often the answer became another. */
  readonly changes: () => number;
  /** Whether somebody answered since this replica leads, also that there is no sidecar; or nobody did for long enough. */
  readonly isDecided: () => boolean;
  /** For the loop: its looks at the whole mesh show what was pushed since, so that nothing is asked twice. */
  readonly mesh: Mesh;
  /** This replica leads from now on, or no longer: only then it asks. */
  readonly led: (isLeader: boolean) => void;
  readonly stop: () => void;
};

/** Milliseconds: until Istio's own default routes are assumed; between questions that nobody answers. */
type Times = { readonly longest: number; readonly again: number };

/** Between questions later, so many times as long as the last one took, in milliseconds at most: a mesh under change pushes routes all the time. */
const rest = { times: 100, most: 60_000 } as const;

/** `changed`: another answer came, or it is decided. */
export function watchDefaultRoutes(
  mesh: Mesh & { readonly defaultRoutes: AskDefaultRoutes },
  changed: () => void,
  { longest, again }: Times = { longest: 10_000, again: 200 },
): DefaultRoutes {
  const samples = new DefaultRouteSamples(mesh.defaultRoutes);
  let seen: readonly DefaultRoute[] | undefined;
  let changes = 0;
  let isDecided = false;
  let isLooking = false;
  let restUntil = 0;
  let term = new AbortController();
  term.abort();

  /** @returns whether somebody of each version could be asked */
  async function look(reports: readonly ProxyReport[]): Promise<boolean> {
    if (isLooking) return false;
    isLooking = true;
    const began = performance.now();
    const { routes, failure } = await samples.look(reports);
    const now = performance.now();
    restUntil = now + Math.min((now - began) * rest.times, rest.most);
    isLooking = false;
    if (routes.length > 0 && JSON.stringify(routes) !== JSON.stringify(seen)) {
      seen = routes;
      changes++;
      if (!term.signal.aborted) changed();
    }
    return failure === undefined;
  }

  async function decide({ signal }: AbortController): Promise<void> {
    const over = sleep(longest, true, { signal }).catch(() => true);
    // Status says that istiod does not answer.
    const ask = (): Promise<boolean> => mesh.proxies().then(look, () => false);
    const pause = (): Promise<boolean> => Promise.race([sleep(again, false), over]);
    let isKnown = await Promise.race([ask(), over]);
    while (!isKnown && !(await pause())) isKnown = await Promise.race([ask(), over]);
    if (signal.aborted) return;
    isDecided = true;
    changed();
  }

  const led = (isLeader: boolean): void => {
    term.abort();
    isDecided = false;
    if (!isLeader) return;
    term = new AbortController();
    void decide(term);
  };
  return {
    ...{ seen: () => seen, changes: () => changes, isDecided: () => isDecided },
    mesh: {
      ...mesh,
      proxies: async (namespace) => {
        const reports = await mesh.proxies(namespace);
        if (namespace === undefined && isDecided && performance.now() >= restUntil) void look(reports);
        return reports;
      },
    },
    led,
    stop: () => led(false),
  };
}

/** With what was seen of them, where something was. */
export function snapshotWith(snapshot: Snapshot | undefined, { seen }: DefaultRoutes): Snapshot | undefined {
  const defaultRoutes = seen();
  return snapshot === undefined || defaultRoutes === undefined ? snapshot : { ...snapshot, defaultRoutes };
}

/** The world with them in its snapshot, undefined until it is decided: another answer is another revision. */
export function withDefaultRoutes(kubernetes: Kubernetes, routes: DefaultRoutes): Kubernetes {
  return {
    ...kubernetes,
    world: () => {
      const world = routes.isDecided() ? kubernetes.world() : undefined;
      if (world === undefined) return undefined;
      const snapshot = snapshotWith(world.snapshot, routes);
      // Without a snapshot too: a sum that falls with a count left out may have been seen before.
      return { ...world, revision: world.revision + routes.changes(), ...(snapshot === undefined ? {} : { snapshot }) };
    },
  };
}
