// Makes the virtual hosts of plain Envoys, whose routes choose a level's cluster by the header that carries the level.
import type { EnvoyPlan, Host, VirtualHost } from "../../core/plan.ts";
import type { Message } from "../xds/message.ts";
import { aggregateCluster, inboundCluster, originalCluster } from "../xds/names.ts";
import { levelSpecifier } from "./level-route.ts";

export function inboundVirtualHosts(port: number): Message[] {
  const route = { match: { prefix: "/" }, route: { cluster: inboundCluster(port), timeout: "0s" } };
  return [{ name: `inbound|http|${port}`, domains: ["*"], routes: [route] }];
}

/** One for each Service port, named as pods in the namespace call it. */
export function outboundVirtualHosts(plan: EnvoyPlan, namespace: string): Message[] {
  return plan.hosts.map((host) => ({
    name: `${host.host}:${host.port}`,
    domains: domains(host, namespace),
    routes: [{ name: "default", match: { prefix: "/" }, route: toHost(plan, host) }],
  }));
}

export function gatewayVirtualHosts(plan: EnvoyPlan, virtualHosts: readonly VirtualHost[]): Message[] {
  return virtualHosts.map(({ domain, routes }) => ({
    name: domain,
    domains: [domain],
    routes: routes.map(({ path, backend }) => ({ match: pathMatch(path), route: toHost(plan, backend) })),
  }));
}

/** A name without a namespace means the caller's own; one without a port means the default port. */
function domains(host: Host, namespace: string): string[] {
  const names = [
    ...(host.namespace === namespace ? [host.name] : []),
    `${host.name}.${host.namespace}`,
    `${host.name}.${host.namespace}.svc`,
    host.host,
    ...(host.clusterIP === undefined ? [] : [host.clusterIP, ...(host.otherClusterIPs ?? [])].map(urlHost)),
  ];
  return names.flatMap((name) => [`${name}:${host.port}`, ...(host.isDefaultPort ? [name] : [])]);
}

function urlHost(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Gateway API prefixes match whole path elements. */
function pathMatch(path: VirtualHost["routes"][number]["path"]): Message {
  if (path.type === "Exact") return { path: path.value };
  const prefix = path.value.replace(/\/+$/, "");
  return prefix === "" ? { prefix: "/" } : { path_separated_prefix: prefix };
}

type HostPort = { readonly host: string; readonly port: number };

/** Whether the default level, which is the absence of the header, has marked connections or pods of its own. */
function hasDefaultClusters({ levels, defaultLevel, hosts }: EnvoyPlan, { host, port }: HostPort): boolean {
  if (levels.some(({ name, dscp }) => name === defaultLevel && dscp !== 0)) return true;
  return hosts.some((other) => other.host === host && other.port === port && defaultLevel in other.dedicated);
}

function toHost(plan: EnvoyPlan, host: HostPort): Message {
  const original = originalCluster(host);
  if (plan.mode !== "Enforce") return { cluster: original, timeout: "0s" };
  const byLevel = plan.levels.map(({ name }) => [name, aggregateCluster(host, name)] as const);
  const byDefault = hasDefaultClusters(plan, host) ? aggregateCluster(host, plan.defaultLevel) : original;
  return {
    inline_cluster_specifier_plugin: levelSpecifier(plan.header, byLevel, byDefault),
    timeout: "0s",
  };
}
