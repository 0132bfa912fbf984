// Lists the labels and annotations that Expedite reads or writes.

export type Labels = Readonly<Record<string, string>>;

/** On every object that the controller writes. */
export const managedBy = { "app.kubernetes.io/managed-by": "expedite" } as const;
/**
 * On every object that the controller writes: messages of istioctl and Kiali that are true of it and mean no harm. docs/operations/validators.md
 * has the reason for each.
 */
export const suppressedMessages = {
  "galley.istio.io/analyze-suppress": "IST0133,IST0173",
  "kiali.io/ignore-validations": "KIA0201,KIA0204,KIA0209",
} as const;
/** On the objects of the installation itself. */
export const partOfInstallation = { "app.kubernetes.io/name": "expedite" } as const;
/** On objects of the controller. */
export const controllerComponent = { ...partOfInstallation, "app.kubernetes.io/component": "controller" } as const;
/** On objects of the node agents. */
export const agentComponent = { ...partOfInstallation, "app.kubernetes.io/component": "agent" } as const;
/** On an object with the filter: the digest of the filter's module. */
export const moduleLabel = "expedite.dev/module";

/** On a namespace: `true` enrols it without a policy, any other value keeps it out. */
export const enrolledLabel = "expedite.dev/enrolled";
/** On a pod: `true` leaves its proxy and its queue alone. */
export const optOutLabel = "expedite.dev/opt-out";
/** On a pod: the level that the pod is dedicated to. */
export const levelLabel = "expedite.dev/level";

/** On the PriorityLadder: every node gives back what it has of Expedite, and repeats the value in its PriorityNode. */
export const releaseAnnotation = "expedite.dev/release-nodes";

/** On istiod's pods, of every revision. */
export const istiodLabels = { app: "istiod" } as const;
/** On istiod's pods: the revision of Istio. */
export const revisionLabel = "istio.io/rev";
/** On a gateway's pod: the Gateway of the Gateway API whose proxy it runs. */
export const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name";
/** On a namespace: `ambient` takes it out of sidecar mode. */
export const dataplaneModeLabel = "istio.io/dataplane-mode";
/** On a Service: the namespaces that see it, separated by commas. */
export const exportToAnnotation = "networking.istio.io/exportTo";
/** On a pod: the rate of its link, a quantity in bit/s. */
export const egressBandwidth = "kubernetes.io/egress-bandwidth";

/** The labels as the `labelSelector` of a list or watch. */
export function labelSelector(labels: Labels): string {
  return Object.entries(labels)
    .map((entry) => entry.join("="))
    .join(",");
}

/** An empty selector selects every pod, as with Istio's workload selectors. */
export function isSelected(selector: Labels, labels: Labels | undefined): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

/** An empty selector selects no pod, as with Services. */
export function isSelectedByService(selector: Labels, labels: Labels | undefined): boolean {
  return Object.keys(selector).length > 0 && isSelected(selector, labels);
}
