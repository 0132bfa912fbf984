// Finds what of Expedite is in a cluster, and orders its removal: what routes requests by level goes before the connections of the levels do.
import {
  agentComponent,
  controllerComponent,
  labelSelector,
  managedBy,
  partOfInstallation,
} from "../../core/labels.ts";
import type { Cluster, ClusterObject } from "../../kube/cluster.ts";
import { clusterBindingOf } from "../../kube/rbac.ts";
import { type Resource, resources } from "../../kube/resources.ts";
import { installationOf } from "../installation.ts";
import { forgetRelease, releaseNodes } from "./release-nodes.ts";
import { settle } from "./settle.ts";

export type Installed = {
  readonly controllers: readonly ClusterObject[];
  /** EnvoyFilters: filters and routes. */
  readonly filters: readonly ClusterObject[];
  /** The levels' subsets. */
  readonly rest: readonly ClusterObject[];
  /** The DaemonSets of agents, and the namespaces that were made for them. */
  readonly agents: readonly ClusterObject[];
  /** What the agents report: one PriorityNode for each node. */
  readonly nodes: readonly ClusterObject[];
  /** Of the installation: rights, Service, Lease. */
  readonly installation: readonly ClusterObject[];
  /** What users wrote. */
  readonly policies: readonly ClusterObject[];
  readonly definitions: readonly ClusterObject[];
  /** Namespaces of other installations. What is the cluster's then stays, because one of them serves it, or will. */
  readonly others: readonly string[];
};

export type UninstallStep = { readonly title: string; readonly run: () => Promise<string> };

const written: readonly Resource[] = [resources.envoyFilters, resources.destinationRules];
const installed: readonly Resource[] = [
  resources.services,
  resources.serviceAccounts,
  resources.clusterRoleBindings,
  resources.clusterRoles,
  resources.roleBindings,
  resources.roles,
];
const ownKinds: readonly Resource[] = [resources.ladders, resources.policies, resources.queues];
const name = labelSelector(partOfInstallation);
const controller = labelSelector(controllerComponent);
const agent = labelSelector(agentComponent);
const label = labelSelector(managedBy);

export async function findInstalled(cluster: Cluster, namespace: string): Promise<Installed> {
  const all = async (kinds: readonly Resource[], labels?: string): Promise<ClusterObject[]> =>
    (await Promise.all(kinds.map((kind) => cluster.list(kind, labels === undefined ? {} : { labels })))).flat();
  const mesh = await all(written, label);
  const isFilter = ({ kind }: ClusterObject): boolean => kind === "EnvoyFilter";
  const controllers = await cluster.list(resources.deployments, { namespace, labels: name });
  // Each of several Deployments may have its own Lease; without any Deployment it has the default name.
  const leaseNames = [undefined, ...controllers].map((one) => installationOf(one).leaseName);
  const leases = await cluster.list(resources.leases, { namespace });
  const definitions = await cluster.list(resources.definitions);
  const installation = [
    ...(await all(installed, name)),
    ...leases.filter(({ metadata }) => leaseNames.includes(metadata.name)),
  ];
  const found = {
    controllers,
    filters: mesh.filter(isFilter),
    rest: mesh.filter((object) => !isFilter(object)),
    agents: await all([resources.daemonSets, resources.namespaces], agent),
    nodes: await cluster.list(resources.priorityNodes),
    installation,
    policies: await all(ownKinds),
    definitions: definitions.filter(({ metadata }) => metadata.name.endsWith(".expedite.dev")),
  };
  const others = otherNamespaces(installation, namespace);
  return others.length === 0 ? { ...found, others } : onlyOwn(found, namespace, others);
}

/** Where another controller has its ServiceAccount. */
function otherNamespaces(installation: readonly ClusterObject[], namespace: string): readonly string[] {
  const accounts = installation.filter(
    ({ kind, metadata: { labels } }) =>
      kind === "ServiceAccount" && Object.entries(controllerComponent).every(([key, value]) => labels?.[key] === value),
  );
  const names = accounts.flatMap(({ metadata }) => metadata.namespace ?? []).filter((name) => name !== namespace);
  return [...new Set(names)].sort();
}

/** What belongs to the controller of a namespace alone. */
function onlyOwn(
  { controllers, installation }: Omit<Installed, "others">,
  namespace: string,
  others: readonly string[],
): Installed {
  const none = { filters: [], rest: [], agents: [], nodes: [], policies: [], definitions: [] };
  const own = installation.filter(
    ({ kind, metadata }) =>
      metadata.namespace === namespace ||
      (kind === "ClusterRoleBinding" && metadata.name === clusterBindingOf(namespace)),
  );
  return { ...none, controllers, installation: own, others };
}

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** `isAll`: the kinds too, and with them every policy. A step with nothing to do is left out. */
export function uninstallSteps(cluster: Cluster, found: Installed, isAll: boolean): readonly UninstallStep[] {
  const { controllers, filters, rest, agents, nodes, installation, policies, definitions } = found;
  const steps: (UninstallStep & { readonly of: readonly ClusterObject[] })[] = [
    { title: "Stop the controller", of: controllers, run: () => stop(cluster, controllers) },
    { title: `Remove filters and routes: ${count(filters)}`, of: filters, run: () => remove(cluster, filters) },
    { title: "Wait for the proxies", of: filters, run: () => settle(cluster, pause) },
    { title: `Remove the levels' subsets: ${count(rest)}`, of: rest, run: () => remove(cluster, rest) },
    { title: "Remove queues and marks from the nodes", of: nodes, run: () => releaseNodes(cluster, pause) },
    {
      title: `Remove the agents: ${count([...agents, ...nodes])}`,
      of: [...agents, ...nodes],
      run: () => removeAgents(cluster, agents, nodes),
    },
    {
      title: `Remove the installation: ${count([...controllers, ...installation])}`,
      of: [...controllers, ...installation],
      run: () => remove(cluster, [...controllers, ...installation]),
    },
  ];
  const kinds = {
    title: `Remove the kinds, and with them what users wrote: ${count(policies)}`,
    of: definitions,
    run: () => removeKinds(cluster, definitions),
  };
  return [...steps, ...(isAll ? [kinds] : [])].filter(({ of }) => of.length > 0);
}

/** A running controller would write everything back. */
async function stop(cluster: Cluster, controllers: readonly ClusterObject[]): Promise<string> {
  for (const controller of controllers) await cluster.scale(controller, 0);
  const namespace = controllers[0]?.metadata.namespace ?? "";
  const pods = () => cluster.list(resources.pods, { namespace, labels: controller });
  if (await isGone(pods, 30)) return "stopped";
  throw new Error(
    `a pod of the controller is still there after 30 s: kubectl -n ${namespace} get pods -l ${controller}`,
  );
}

/** Lists once a second. False: something is still there after so many seconds. */
async function isGone(list: () => Promise<readonly ClusterObject[]>, seconds: number): Promise<boolean> {
  for (let second = 0; second < seconds; second++) {
    if ((await list()).length === 0) return true;
    await pause(1000);
  }
  return false;
}

async function remove(cluster: Cluster, objects: readonly ClusterObject[]): Promise<string> {
  for (const object of objects) await cluster.remove(object);
  return `removed ${count(objects)}`;
}

/** An agent that still ran would report again. */
async function removeAgents(
  cluster: Cluster,
  agents: readonly ClusterObject[],
  nodes: readonly ClusterObject[],
): Promise<string> {
  await remove(cluster, agents);
  const there = async () =>
    (
      await Promise.all([resources.pods, resources.namespaces].map((kind) => cluster.list(kind, { labels: agent })))
    ).flat();
  if (!(await isGone(there, 60)))
    throw new Error(`something of the agents is still there after 60 s: kubectl get pods,namespaces -A -l ${agent}`);
  await forgetRelease(cluster);
  await remove(cluster, nodes);
  return `removed ${count([...agents, ...nodes])}`;
}

/** A CRD is removed only after its objects, but the API server answers earlier. */
async function removeKinds(cluster: Cluster, definitions: readonly ClusterObject[]): Promise<string> {
  const outcome = await remove(cluster, definitions);
  const names = definitions.map(({ metadata }) => metadata.name);
  const there = async () =>
    (await cluster.list(resources.definitions)).filter(({ metadata }) => names.includes(metadata.name));
  if (await isGone(there, 30)) return outcome;
  throw new Error(
    `a kind is still there after 30 s; does a finalizer hold one of its objects? kubectl get crd ${names[0]} -o yaml`,
  );
}

/** `2 EnvoyFilters, 1 DestinationRule` */
function count(objects: readonly ClusterObject[]): string {
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  return kinds.map((kind) => plural(objects.filter((object) => object.kind === kind).length, kind)).join(", ");
}

function plural(number: number, kind: string): string {
  if (number === 1) return `1 ${kind}`;
  return `${number} ${kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`}`;
}

/** Undefined if there is no other installation. */
export function staysForOthers({ others }: Installed): string | undefined {
  if (others.length === 0) return undefined;
  const [first] = others;
  return `Another Expedite is in namespace ${others.join(", ")}: what both use stays, which is what is written to the mesh, the agents, the ClusterRoles and the kinds. To remove that one, and all of this: expedite uninstall --namespace ${first}`;
}

/** What stays, one line each, with how to remove it. */
export function left({ policies, definitions }: Installed): readonly string[] {
  if (definitions.length === 0) return [];
  return [
    ...(policies.length === 0 ? [] : [`${count(policies)}, which users wrote`]),
    `${count(definitions)}, the kinds themselves`,
  ];
}
