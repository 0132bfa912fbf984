// Makes the ServiceAccounts, roles and bindings of the controller and the agents: exactly the verbs of resources.ts. The manifests are
// generated from it.
import { agentComponent, controllerComponent, type Labels } from "../core/labels.ts";
import { type Resource, resources, type Verb } from "./resources.ts";

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly Verb[];
};
type RbacObject = { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown };

const api = "rbac.authorization.k8s.io/v1";
const group = "rbac.authorization.k8s.io";

type Account = { readonly name: string; readonly namespace: string; readonly labels: Labels };

/** `isInstallOnly`: the rules of the namespaced Role; else those of the ClusterRole. */
export function rulesOf(isInstallOnly: boolean): readonly Rule[] {
  return Object.values<Resource>(resources)
    .filter((resource) => (resource.isInstallOnly === true) === isInstallOnly)
    .flatMap(({ verbs, statusVerbs = [], ...resource }) => rulesFor(resource, verbs, statusVerbs));
}

export function agentRules(): readonly Rule[] {
  return Object.values<Resource>(resources).flatMap(({ agentVerbs = [], agentStatusVerbs = [], ...resource }) =>
    rulesFor(resource, agentVerbs, agentStatusVerbs),
  );
}

/** `expedite uninstall` as the chart's hook; `isInstallOnly` as above. It asks istiod through a forwarded port. */
export function uninstallRules(isInstallOnly: boolean): readonly Rule[] {
  const rules = Object.values<Resource>(resources)
    .filter((resource) => (resource.isInstallOnly === true) === isInstallOnly)
    .flatMap(({ uninstallVerbs = [], ...resource }) => rulesFor(resource, uninstallVerbs, []));
  const forward: Rule = { apiGroups: [""], resources: ["pods/portforward"], verbs: ["get", "create"] };
  return isInstallOnly ? [...rules, forward] : rules;
}

function rulesFor(
  { group: apiGroup, plural }: Pick<Resource, "group" | "plural">,
  verbs: readonly Verb[],
  statusVerbs: readonly Verb[],
): readonly Rule[] {
  return [
    { apiGroups: [apiGroup], resources: [plural], verbs },
    { apiGroups: [apiGroup], resources: [`${plural}/status`], verbs: statusVerbs },
  ].filter((rule) => rule.verbs.length > 0);
}

/** Of the controller in a namespace. A second installation, which only waits, does not take the first one's rights. */
export const clusterBindingOf = (namespace: string): string => `expedite-${namespace}`;

export function controllerRbac(namespace: string): readonly RbacObject[] {
  const account = { name: "expedite", namespace, labels: controllerComponent };
  const { name, labels } = account;
  return [
    ...clusterWide(account, rulesOf(false), clusterBindingOf(namespace)),
    { apiVersion: api, kind: "Role", metadata: { name, namespace, labels }, rules: rulesOf(true) },
    {
      apiVersion: api,
      kind: "RoleBinding",
      metadata: { name, namespace, labels },
      roleRef: { apiGroup: group, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}

export function agentRbac(namespace: string): readonly RbacObject[] {
  return clusterWide({ name: "expedite-agent", namespace, labels: agentComponent }, agentRules());
}

function clusterWide(
  { name, namespace, labels }: Account,
  rules: readonly Rule[],
  binding = name,
): readonly RbacObject[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } },
    { apiVersion: api, kind: "ClusterRole", metadata: { name, labels }, rules },
    {
      apiVersion: api,
      kind: "ClusterRoleBinding",
      metadata: { name: binding, labels },
      roleRef: { apiGroup: group, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}
