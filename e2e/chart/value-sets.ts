// Values that users set together, each as arguments of helm.

/** Namespaces that they name and do not create. */
export const namespaces = ["mesh", "nodes"] as const;

const set = (...values: readonly string[]): readonly string[] => ["--set", values.join(",")];
const monitoring = ["serviceMonitor", "podMonitor", "proxies", "rules", "dashboard"].map(
  (name) => `monitoring.${name}.enabled=true`,
);

export const valueSets: Readonly<Record<string, readonly string[]>> = {
  "with two replicas": set("controller.replicas=2", "controller.podDisruptionBudget.enabled=true"),
  "on OpenShift": set("openshift=always"),
  "with a revision": set("controller.podLabels.istio\\.io/rev=canary", "agent.podLabels.istio\\.io/rev=canary"),
  "in other namespaces": ["--namespace", "mesh", ...set("istioNamespace=mesh", "agent.namespace.name=nodes")],
  "without agents": set("agent.enabled=false"),
  "with GKE's quota": set("agent.resourceQuota.enabled=true"),
  "for GitOps": set("createLadder=false", "crds.enabled=false", "uninstallHook.enabled=false", "checks.enabled=false"),
  "with everything on": set(
    ...[
      "controller.replicas=2",
      "controller.podDisruptionBudget.enabled=true",
      "controller.networkPolicy.enabled=true",
    ],
    ...["agent.resourceQuota.enabled=true", "telemetry.enabled=true", "policyException.enabled=true"],
    ...monitoring,
    "renderMode=skipIfMissing",
  ),
};
