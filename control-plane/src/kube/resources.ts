// Lists every kind that Expedite reads or writes, and what its programs may do with it. Paths, watches and RBAC are generated from this
// table.

export type Verb = "get" | "list" | "watch" | "create" | "patch" | "update" | "delete";

export type Resource = {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** What the controller may do. None: only an administrator's command uses it, with that person's rights. */
  readonly verbs: readonly Verb[];
  /** What the controller may do with the subresource status. */
  readonly statusVerbs?: readonly Verb[];
  /** What a node's agent may do. */
  readonly agentVerbs?: readonly Verb[];
  readonly agentStatusVerbs?: readonly Verb[];
  /** What `expedite uninstall` needs without `--all`: the chart's hook runs it with an account of its own. */
  readonly uninstallVerbs?: readonly Verb[];
  /** The verbs hold in the controller's own namespace only. */
  readonly isInstallOnly?: true;
};

const expedite = { group: "expedite.dev", version: "v1alpha1" } as const;
const core = { group: "", version: "v1" } as const;
const apps = { group: "apps", version: "v1" } as const;
const gatewayApi = { group: "gateway.networking.k8s.io", version: "v1" } as const;
const istio = { group: "networking.istio.io", version: "v1" } as const;
const read = { verbs: ["list", "watch"] } as const;
const write = { verbs: ["get", "list", "watch", "create", "patch", "delete"] } as const;
const create = { verbs: ["create"] } as const;
const readByAgent = { agentVerbs: ["list", "watch"] } as const;
const list = { uninstallVerbs: ["list"] } as const;
const removable = { uninstallVerbs: ["list", "delete"] } as const;
const rbac = { group: "rbac.authorization.k8s.io", version: "v1", verbs: [], ...removable } as const;
const readAndReport = { ...read, statusVerbs: ["patch"] } as const;

export const resources = {
  ladders: {
    ...{ ...expedite, ...readAndReport, ...readByAgent, kind: "PriorityLadder", plural: "priorityladders" },
    // Once in an installation.
    verbs: ["list", "watch", "create"],
    uninstallVerbs: ["list", "patch"],
  },
  policies: { ...expedite, ...readAndReport, ...list, kind: "PriorityPolicy", plural: "prioritypolicies" },
  queues: { ...expedite, ...readAndReport, ...list, kind: "RequestQueue", plural: "requestqueues" },
  priorityNodes: {
    ...{ ...expedite, kind: "PriorityNode", plural: "prioritynodes" },
    verbs: ["list", "watch"],
    agentVerbs: ["create"],
    agentStatusVerbs: ["patch"],
    ...removable,
  },
  namespaces: { ...core, ...read, ...removable, kind: "Namespace", plural: "namespaces" },
  services: { ...core, ...read, ...removable, kind: "Service", plural: "services" },
  nodes: { ...core, ...readByAgent, kind: "Node", plural: "nodes", verbs: [] },
  pods: { ...core, ...read, ...readByAgent, ...list, kind: "Pod", plural: "pods" },
  gatewayClasses: { ...gatewayApi, ...read, kind: "GatewayClass", plural: "gatewayclasses" },
  gateways: { ...gatewayApi, ...read, kind: "Gateway", plural: "gateways" },
  listenerSets: { ...gatewayApi, ...read, kind: "ListenerSet", plural: "listenersets" },
  httpRoutes: { ...gatewayApi, ...read, kind: "HTTPRoute", plural: "httproutes" },
  grpcRoutes: { ...gatewayApi, ...read, kind: "GRPCRoute", plural: "grpcroutes" },
  istioGateways: { ...istio, ...read, kind: "Gateway", plural: "gateways" },
  virtualServices: { ...istio, ...read, kind: "VirtualService", plural: "virtualservices" },
  sidecarScopes: { ...istio, ...read, kind: "Sidecar", plural: "sidecars" },
  destinationRules: { ...istio, ...write, ...removable, kind: "DestinationRule", plural: "destinationrules" },
  envoyFilters: {
    ...{ ...istio, ...write, ...removable, version: "v1alpha3", kind: "EnvoyFilter", plural: "envoyfilters" },
  },
  tokenReviews: {
    group: "authentication.k8s.io",
    version: "v1",
    ...create,
    kind: "TokenReview",
    plural: "tokenreviews",
  },
  accessReviews: {
    ...{ group: "authorization.k8s.io", version: "v1" },
    ...create,
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
  },
  events: { group: "events.k8s.io", version: "v1", ...create, kind: "Event", plural: "events" },
  leases: {
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    plural: "leases",
    verbs: ["get", "create", "update"],
    isInstallOnly: true,
    ...removable,
  },
  /** Of another installation, by which this one knows that it is there. */
  otherLeases: {
    ...{ group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases" },
    verbs: ["get"],
  },
  deployments: {
    ...{ ...apps, kind: "Deployment", plural: "deployments", verbs: [] },
    uninstallVerbs: ["list", "patch", "delete"],
    isInstallOnly: true,
  },
  /** Targets of RequestQueues, in all namespaces. */
  workloadDeployments: { ...apps, ...read, kind: "Deployment", plural: "deployments" },
  statefulSets: { ...apps, ...read, kind: "StatefulSet", plural: "statefulsets" },
  daemonSets: { ...apps, ...read, ...removable, kind: "DaemonSet", plural: "daemonsets" },
  /** Which of them scale pods that a RequestQueue holds load back from. */
  autoscalers: {
    ...{ group: "autoscaling", version: "v2", ...read, kind: "HorizontalPodAutoscaler" },
    plural: "horizontalpodautoscalers",
  },
  serviceAccounts: { ...core, ...removable, kind: "ServiceAccount", plural: "serviceaccounts", verbs: [] },
  clusterRoles: { ...rbac, kind: "ClusterRole", plural: "clusterroles" },
  clusterRoleBindings: { ...rbac, kind: "ClusterRoleBinding", plural: "clusterrolebindings" },
  roles: { ...rbac, kind: "Role", plural: "roles" },
  roleBindings: { ...rbac, kind: "RoleBinding", plural: "rolebindings" },
  definitions: {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    verbs: [],
    ...list,
  },
} as const satisfies Readonly<Record<string, Resource>>;

export type GroupVersionKind = { readonly apiVersion: string; readonly kind: string };

export type ObjectName = GroupVersionKind & {
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** As an object names it: `networking.istio.io/v1`. */
export const apiVersionOf = ({ group, version }: Pick<Resource, "group" | "version">): string =>
  group === "" ? version : `${group}/${version}`;

/** As kubectl names it: `pods`, `gateways.networking.istio.io`. */
export const nameOf = ({ group, plural }: Resource): string => (group === "" ? plural : `${plural}.${group}`);

/** @throws for a kind that is not in the table */
export function resourceOf({ apiVersion, kind }: GroupVersionKind): Resource {
  const found = Object.values<Resource>(resources).find(
    (resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion,
  );
  if (found === undefined) throw new Error(`${kind} of ${apiVersion} is not in kube/resources.ts`);
  return found;
}

/** The path of a list; without a namespace, that for all namespaces, or for a cluster-scoped kind. */
export function collectionPath(resource: Resource, namespace = ""): string {
  const root = resource.group === "" ? "/api" : "/apis";
  const scope = namespace === "" ? "" : `/namespaces/${namespace}`;
  return `${root}/${apiVersionOf(resource)}${scope}/${resource.plural}`;
}

/** @throws for a kind that is not in the table */
export const objectPath = ({ metadata: { name, namespace }, ...kind }: ObjectName): string =>
  `${collectionPath(resourceOf(kind), namespace)}/${name}`;
