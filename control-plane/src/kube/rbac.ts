// What the controller may do in a cluster, and nothing else: the one list from which it reads, and its RBAC is made.

export type Permission = {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Absent: in every namespace. */
  readonly where?: "install";
};

const read = ["get", "list", "watch"];
const write = [...read, "create", "patch", "delete"];

export const permissions: readonly Permission[] = [
  { group: "expedite.dev", resource: "priorityladders", verbs: read },
  { group: "expedite.dev", resource: "prioritypolicies", verbs: read },
  { group: "expedite.dev", resource: "priorityladders/status", verbs: ["patch"] },
  { group: "expedite.dev", resource: "prioritypolicies/status", verbs: ["patch"] },
  { group: "", resource: "namespaces", verbs: read },
  { group: "", resource: "services", verbs: read },
  { group: "", resource: "pods", verbs: read },
  { group: "gateway.networking.k8s.io", resource: "gatewayclasses", verbs: read },
  { group: "gateway.networking.k8s.io", resource: "gateways", verbs: read },
  { group: "gateway.networking.k8s.io", resource: "httproutes", verbs: read },
  { group: "gateway.networking.k8s.io", resource: "grpcroutes", verbs: read },
  { group: "networking.istio.io", resource: "gateways", verbs: read },
  { group: "networking.istio.io", resource: "virtualservices", verbs: read },
  { group: "networking.istio.io", resource: "sidecars", verbs: read },
  { group: "networking.istio.io", resource: "destinationrules", verbs: write },
  { group: "networking.istio.io", resource: "envoyfilters", verbs: write },
  { group: "authentication.k8s.io", resource: "tokenreviews", verbs: ["create"] },
  { group: "authorization.k8s.io", resource: "subjectaccessreviews", verbs: ["create"] },
  { group: "events.k8s.io", resource: "events", verbs: ["create"] },
  { group: "", resource: "configmaps", verbs: write, where: "install" },
  { group: "coordination.k8s.io", resource: "leases", verbs: ["get", "create", "update"], where: "install" },
];

type RbacObject = { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown };

/** ServiceAccount, roles and bindings of the controller. */
export function rbac(namespace: string): readonly RbacObject[] {
  const name = "expedite";
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "controller" };
  const rules = (where: Permission["where"]) =>
    permissions
      .filter((permission) => permission.where === where)
      .map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs }));
  const api = "rbac.authorization.k8s.io/v1";
  const group = "rbac.authorization.k8s.io";
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } },
    { apiVersion: api, kind: "ClusterRole", metadata: { name, labels }, rules: rules(undefined) },
    {
      ...{ apiVersion: api, kind: "ClusterRoleBinding", metadata: { name, labels } },
      ...{ roleRef: { apiGroup: group, kind: "ClusterRole", name }, subjects },
    },
    { apiVersion: api, kind: "Role", metadata: { name, namespace, labels }, rules: rules("install") },
    {
      ...{ apiVersion: api, kind: "RoleBinding", metadata: { name, namespace, labels } },
      ...{ roleRef: { apiGroup: group, kind: "Role", name }, subjects },
    },
  ];
}
