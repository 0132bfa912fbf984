// Makes the Kubernetes objects of a mesh of a given size: namespaces, pods and services. Pure.

export const podsPerService = 10;
export const servicesPerNamespace = 20;
/** Namespaces that never enrol, with one service each. */
const outsiders = 5;

export interface Place {
  readonly namespace: string;
  readonly enrolled: boolean;
}

export interface MeshService {
  readonly name: string;
  readonly namespace: string;
  /** The addresses of its pods. */
  readonly addresses: readonly string[];
}

const number = (index: number, digits: number): string => `${index}`.padStart(digits, "0");

export const enrolledNamespace = (index: number): string => `team-${number(index, 2)}`;
export const outsideNamespace = (index: number): string => `plain-${number(index, 1)}`;

/** Enrolled ones come first. @param services a multiple of 20 */
export function placesOf(services: number): readonly Place[] {
  const enrolled = Array.from({ length: services / servicesPerNamespace }, (_, index) => enrolledNamespace(index));
  const outside = Array.from({ length: outsiders }, (_, index) => outsideNamespace(index));
  return [
    ...enrolled.map((namespace) => ({ namespace, enrolled: true })),
    ...outside.map((namespace) => ({ namespace, enrolled: false })),
  ];
}

/** A pod's address: 10.128.0.0/9 has room for a million, and nothing answers there. */
const address = (index: number): string => `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

const serviceAt = (index: number, namespace: string): MeshService => ({
  name: `service-${number(index, 4)}`,
  namespace,
  addresses: Array.from({ length: podsPerService }, (_, pod) => address(256 + index * podsPerService + pod)),
});

/** The first `services` of the mesh. Their places never change, so a larger mesh contains a smaller one. */
export const servicesOf = (services: number): readonly MeshService[] =>
  Array.from({ length: services }, (_, index) =>
    serviceAt(index, enrolledNamespace(Math.floor(index / servicesPerNamespace))),
  );

export const namespaceObject = ({ namespace, enrolled }: Place): unknown => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace, labels: enrolled ? { "expedite.dev/enrolled": "true" } : {} },
});

export const serviceObject = ({ name, namespace }: MeshService): unknown => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080, protocol: "TCP" }] },
});

/** The list that the controller manager would write. It lists only pods on nodes that exist, and here there are no nodes. */
export const sliceObject = ({ name, namespace, addresses }: MeshService): unknown => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-pods`, namespace, labels: { "kubernetes.io/service-name": name } },
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  endpoints: addresses.map((address, index) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: "Pod", name: `${name}-${index}`, namespace },
  })),
});

export interface NamedPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A pod without scheduler and node; its status is written as a kubelet would. */
export const podObject = ({ name, namespace, labels }: NamedPod): unknown => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  spec: {
    schedulerName: "none",
    serviceAccountName: "default",
    containers: [{ name: "app", image: "expedite.local/app:1", ports: [{ containerPort: 8080 }] }],
    initContainers: [{ name: "istio-proxy", image: "istio/proxyv2:1.31.0", restartPolicy: "Always" }],
  },
});

/** The pod's labels are those that the injector sets. */
export const podOf = ({ name, namespace }: MeshService, index: number): NamedPod => ({
  name: `${name}-${index}`,
  namespace,
  labels: { app: name, "security.istio.io/tlsMode": "istio", "service.istio.io/canonical-name": name },
});

export const runningStatus = (podIP: string): unknown => ({
  status: {
    phase: "Running",
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({ type, status: "True" })),
  },
});
