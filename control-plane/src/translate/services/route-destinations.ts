// Decides whether requests of a route can have connections by level, by the hosts to which the route leads.
import type { Snapshot } from "../../core/snapshot.ts";
import type { EligibleHost } from "./eligible-hosts.ts";
import type { Exclusion } from "./excluded-hosts.ts";
import { hostName } from "./visibility.ts";

/** Takes the full names of hosts. `found`: why requests to them share connections. */
export type Destinations = (names: readonly string[]) => { readonly isWanted: boolean; readonly found?: string };

export function routeDestinations(
  { services, mesh }: Snapshot,
  eligible: ReadonlyMap<string, EligibleHost>,
  exclusion: Exclusion,
): Destinations {
  const known = new Set(services.map(({ metadata: { name, namespace } }) => hostName(namespace, name, mesh)));
  return (names) => {
    const isWanted = names.some((name) => eligible.has(name));
    const excluded = names.map((name) => ({ name, found: exclusion(name) })).find(({ found }) => found !== undefined);
    if (excluded?.found !== undefined) {
      const { on, because } = excluded.found;
      // This also applies to a route that nobody prioritises, because another route may have its name.
      return {
        isWanted,
        found: `leads to ${excluded.name}, whose ${on.kind} ${on.namespace}/${on.name} ${because}, so the requests share connections`,
      };
    }
    if (!isWanted) return { isWanted };
    const unknown = names.find((name) => !known.has(name));
    return {
      isWanted: true,
      ...(unknown === undefined
        ? {}
        : {
            found: `leads also to ${unknown}, which is no Service of the mesh, so the requests share connections; give it a route of its own`,
          }),
    };
  };
}
