// The controller's ServiceAccount, roles and bindings: exactly the verbs of resources.ts. manifests/rbac.yaml is made of it.
import { controllerComponent } from "../core/labels.ts";
import { type Resource, resources, type Verb } from "./resources.ts";

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
};
type RbacObject = { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown };

/** `isInstallOnly`: the rules of the namespaced Role; else those of the ClusterRole. */
export function rulesOf(isInstallOnly: boolean): readonly Rule[] {
  return Object.values<Resource>(resources)
    .filter((resource) => (resource.isInstallOnly === true) === isInstallOnly)
    .flatMap(({ group, plural, verbs, statusVerbs = [] }) => [
      { apiGroups: [group], resources: [plural], verbs },
      { apiGroups: [group], resources: [`${plural}/status`], verbs: statusVerbs },
    ])
    .filter(({ verbs }) => verbs.length > 0);
}

export function rbac(namespace: string): readonly RbacObject[] {
  const name = "expedite";
  const labels = controllerComponent;
  const api = "rbac.authorization.k8s.io/v1";
  const group = "rbac.authorization.k8s.io";
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } },
    { apiVersion: api, kind: "ClusterRole", metadata: { name, labels }, rules: rulesOf(false) },
    {
      apiVersion: api,
      kind: "ClusterRoleBinding",
      metadata: { name, labels },
      roleRef: { apiGroup: group, kind: "ClusterRole", name },
      subjects,
    },
    { apiVersion: api, kind: "Role", metadata: { name, namespace, labels }, rules: rulesOf(true) },
    {
      apiVersion: api,
      kind: "RoleBinding",
      metadata: { name, namespace, labels },
      roleRef: { apiGroup: group, kind: "Role", name },
      subjects,
    },
  ];
}
