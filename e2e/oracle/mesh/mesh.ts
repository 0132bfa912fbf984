// Defines a mesh to check: all users' objects, Istio's mesh config, and its proxies.
import type { Json, MeshProxy, Thing } from "../protocol.ts";

export type Mesh = {
  /** Istio's MeshConfig, over its defaults. */
  readonly meshConfig: Json;
  /** Everyone's objects, including those of Expedite's own kinds. */
  readonly objects: readonly Thing[];
  /** Age of the objects that Expedite writes, compared with the users'. */
  readonly age: "oldest" | "newest";
};

export const isExpedites = ({ apiVersion }: Thing): boolean => apiVersion.startsWith("expedite.dev/");

const gatewayLabels = ["istio", "gateway.networking.k8s.io/gateway-name"];

/** One for each pod, and one for each namespace or Gateway without a pod. */
export function proxiesOf({ objects }: Mesh, version: string): readonly MeshProxy[] {
  const pods = objects.filter(({ kind }) => kind === "Pod").map((pod) => proxyOf(pod, version));
  const namespaces = new Set(objects.flatMap(({ kind, metadata }) => (kind === "Namespace" ? [metadata.name] : [])));
  const clients = [...namespaces]
    .filter((namespace) => !pods.some((pod) => pod.type === "sidecar" && pod.namespace === namespace))
    .map((namespace): MeshProxy => ({ ...client(namespace, version), type: "sidecar", labels: { app: "client" } }));
  const gateways = objects
    .filter(({ kind, apiVersion }) => kind === "Gateway" && apiVersion.startsWith("networking.istio.io/"))
    .map(({ metadata, spec }) => ({
      metadata,
      selector: (spec as { readonly selector?: MeshProxy["labels"] }).selector ?? {},
    }))
    .filter(({ selector }) => !pods.some(({ labels }) => includes(labels, selector)))
    .map(
      ({ metadata, selector }): MeshProxy => ({
        ...client(metadata.namespace ?? "default", version),
        ...{ id: `${metadata.name}.${metadata.namespace}`, type: "router", labels: selector, address: "10.2.0.2" },
      }),
    );
  return [...pods, ...clients, ...gateways];
}

const client = (namespace: string, version: string) => ({
  ...{ id: `client.${namespace}`, namespace, version, address: "10.2.0.1" },
});

function proxyOf({ metadata, status }: Thing, version: string): MeshProxy {
  const { name, namespace = "default", labels = {} } = metadata;
  const { podIP } = (status ?? {}) as { readonly podIP?: string };
  const type = gatewayLabels.some((label) => labels[label] !== undefined) ? "router" : "sidecar";
  return { id: `${name}.${namespace}`, type, namespace, address: podIP ?? "10.2.0.3", labels, version };
}

function includes(labels: MeshProxy["labels"], selector: MeshProxy["labels"]): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
