// Finds the destinations for which a proxy needs aggregate clusters: the level's dedicated pods first, all pods after them. Istio fills
// their subsets, in which every pod may be unready.
import type { Destination } from "../../core/plan.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { EligibleHost } from "./eligible-hosts.ts";
import { hasClientTls } from "./excluded-hosts.ts";
import { fullName } from "./visibility.ts";

/** In the order of the hosts. */
export function dedicatedDestinations(snapshot: Snapshot, hosts: readonly EligibleHost[]): readonly Destination[] {
  const found = hosts.filter(({ dedicated }) => dedicated.size > 0);
  if (found.length === 0) return [];
  const speaksTls = hasClientTls(snapshot);
  return found
    .filter(({ host }) => speaksTls(host) === undefined)
    .flatMap(({ host, ports, sniffed, levels, dedicated }) =>
      [...ports, ...sniffed].flatMap((port) =>
        subsetsOf(snapshot, host).map((subset) => ({
          ...{ host, port, levels: levels.filter((level) => dedicated.has(level)) },
          ...(subset === undefined ? {} : { subset }),
        })),
      ),
    );
}

/** The host as a whole, and each of the users' subsets. */
function subsetsOf({ destinationRules, mesh }: Snapshot, host: string): readonly (string | undefined)[] {
  const rules = destinationRules.filter(({ metadata, spec }) => fullName(spec.host, metadata.namespace, mesh) === host);
  return [undefined, ...new Set(rules.flatMap(({ spec }) => spec.subsets.map(({ name }) => name)))];
}
