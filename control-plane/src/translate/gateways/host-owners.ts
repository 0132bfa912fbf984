// Decides who owns a host that routes or Gateways of several namespaces name at one port: the oldest. At another port, the owner of the
// Gateway may have given it to someone else.
import { keyOf, type Target } from "../policies/targets.ts";
import type { HostClaim, ServingDeployment } from "./hosts.ts";

export type TargetAtGateways = {
  /** The target's hosts at all gateways, sorted. */
  readonly hosts: readonly string[];
  /** Gateways through which the hosts are reached, each once. */
  readonly gateways: readonly Target[];
  /** Namespaces of the gateways' proxies. */
  readonly namespaces: ReadonlySet<string>;
  /** A host that belongs to another namespace, and the object by which it does. */
  readonly foreign?: { readonly host: string; readonly gateway: Target; readonly owner: Target };
};

/** By target: Gateways and routes that have hosts at a gateway's proxies. */
export function targetsAtGateways(deployments: readonly ServingDeployment[]): ReadonlyMap<string, TargetAtGateways> {
  const found = new Map<string, Mutable>();
  for (const { namespace, gateways, routes } of deployments) {
    const ofRoutes = new Map<string, Target>();
    const ofGateways = new Map<string, Target>();
    const note = (owners: Map<string, Target>, target: Target, { host, gateway, port }: Claim): void => {
      const entry: Mutable = found.get(keyOf(target)) ?? {
        hosts: new Set(),
        gateways: new Map(),
        namespaces: new Set(),
      };
      entry.hosts.add(host);
      entry.gateways.set(keyOf(gateway), gateway);
      entry.namespaces.add(namespace);
      const place = `${host} ${port ?? ""}`;
      const owner = owners.get(place);
      if (owner === undefined) owners.set(place, target);
      else if (owner.namespace !== target.namespace) entry.foreign ??= { host, gateway, owner };
      found.set(keyOf(target), entry);
    };
    for (const { target, hosts } of gateways)
      for (const host of hosts) note(ofGateways, target, { host, gateway: target });
    for (const { target, hosts } of routes) for (const claim of hosts) note(ofRoutes, target, claim);
  }
  return new Map(
    [...found].map(([key, { hosts, gateways, ...rest }]) => [
      key,
      { ...rest, hosts: [...hosts].sort(), gateways: [...gateways.values()] },
    ]),
  );
}

/** A Gateway claims its own hosts at all of its ports. */
type Claim = Omit<HostClaim, "port"> & { readonly port?: number };

type Mutable = {
  readonly hosts: Set<string>;
  readonly gateways: Map<string, Target>;
  readonly namespaces: Set<string>;
  foreign?: NonNullable<TargetAtGateways["foreign"]>;
};
