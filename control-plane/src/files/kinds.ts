// Decides as which kind a document is read, if any.
import type { z } from "zod";
import { destinationRule, envoyFilter, istioGateway, sidecar, virtualService } from "../api/istio.ts";
import { autoscaler, namespace, pod, service, workload } from "../api/kubernetes.ts";
import { gatewayClass, listenerSet, meshGateway, meshRoute } from "../api/mesh-gateway.ts";
import { type Problem, valueAt } from "../api/parse.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";
import { requestQueue } from "../api/request-queue.ts";

/** Both Istio and the Gateway API have a kind Gateway. */
const kinds = {
  PriorityLadder: { group: "expedite.dev", schema: priorityLadder },
  PriorityPolicy: { group: "expedite.dev", schema: priorityPolicy },
  RequestQueue: { group: "expedite.dev", schema: requestQueue },
  Service: { group: "", schema: service },
  Pod: { group: "", schema: pod },
  Namespace: { group: "", schema: namespace },
  Deployment: { group: "apps", schema: workload },
  StatefulSet: { group: "apps", schema: workload },
  DaemonSet: { group: "apps", schema: workload },
  HorizontalPodAutoscaler: { group: "autoscaling", schema: autoscaler },
  Gateway: { group: "gateway.networking.k8s.io", schema: meshGateway },
  GatewayClass: { group: "gateway.networking.k8s.io", schema: gatewayClass },
  ListenerSet: { group: "gateway.networking.k8s.io", schema: listenerSet },
  HTTPRoute: { group: "gateway.networking.k8s.io", schema: meshRoute },
  GRPCRoute: { group: "gateway.networking.k8s.io", schema: meshRoute },
  DestinationRule: { group: "networking.istio.io", schema: destinationRule },
  IstioGateway: { group: "networking.istio.io", schema: istioGateway },
  VirtualService: { group: "networking.istio.io", schema: virtualService },
  Sidecar: { group: "networking.istio.io", schema: sidecar },
  EnvoyFilter: { group: "networking.istio.io", schema: envoyFilter },
} as const;

export type Kind = keyof typeof kinds;
export type Objects = { readonly [K in Kind]: z.infer<(typeof kinds)[K]["schema"]>[] };

export const noObjects = (): Objects =>
  Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []])) as unknown as Objects;

export function schemaOf<K extends Kind>(kind: K): z.ZodType<Objects[K][number]> {
  return kinds[kind].schema as unknown as z.ZodType<Objects[K][number]>;
}

type ReadAs = { readonly kind: Kind } | { readonly skipped: string } | { readonly problem: Problem };

/** Expedite's kinds are read whatever their group, because another group can only be a mistake. */
export function readAs(value: unknown): ReadAs {
  const [apiVersion, kind] = [valueAt(value, ["apiVersion"]), valueAt(value, ["kind"])];
  if (typeof kind !== "string" || kind === "")
    return { problem: { path: ["kind"], value: kind, message: "is required: the kind of a Kubernetes object" } };
  const group = typeof apiVersion === "string" && apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
  const name = kind === "Gateway" && group === "networking.istio.io" ? "IstioGateway" : kind;
  if (isKind(name) && (apiVersion === undefined || [group, "expedite.dev"].includes(kinds[name].group)))
    return { kind: name };
  // As `kubectl get expedite -o yaml` prints it: what an agent reported, for nobody to read here.
  if (group === "expedite.dev" && kind === "PriorityNode") return { skipped: "PriorityNode (expedite.dev)" };
  if (group === "expedite.dev")
    return {
      problem: {
        path: ["kind"],
        value: kind,
        message: "is not a kind of expedite.dev; allowed: PriorityLadder, PriorityPolicy, RequestQueue",
      },
    };
  return { skipped: group === "" ? kind : `${kind} (${group})` };
}

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(kinds, kind);
}
