// Decides whose a host is if routes or Gateways of several namespaces name it at one port: the oldest's. At another port the owner of the
// Gateway has given it to somebody else.
import { keyOf, type Target } from "../policies/targets.ts";
import type { HostClaim, ServingDeployment } from "./hosts.ts";

export type TargetAtGateways = {
  /** Of the target, at all gateways, sorted. */
  readonly hosts: readonly string[];
  /** Gateways by which the hosts are reached, each once. */
  readonly gateways: readonly Target[];
  /** Namespaces of the gateways' proxies. */
  readonly namespaces: ReadonlySet<string>;
  /** A host that is another namespace's, and by what. */
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

/** A Gateway's own hosts are claimed at all of its ports. */
type Claim = Omit<HostClaim, "port"> & { readonly port?: number };

type Mutable = {
  readonly hosts: Set<string>;
  readonly gateways: Map<string, Target>;
  readonly namespaces: Set<string>;
  foreign?: NonNullable<TargetAtGateways["foreign"]>;
};
