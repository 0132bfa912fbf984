// The two gateways of the tests, the Gateway API's and Istio's own, and on whose connections their proxies sent requests.
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { sentBySubset } from "../proxy.ts";
import { call } from "./caller.ts";

export const gateways = {
  "the Gateway API's gateway": { url: "http://edge-istio.bookinfo", namespace: "bookinfo", deployment: "edge-istio" },
  "Istio's gateway": { url: "http://ingress.ingress", namespace: "ingress", deployment: "ingress" },
} as const;
export type Gateway = (typeof gateways)[keyof typeof gateways];

export const host = "Host: reviews.example";
/** Of a request by its query, as the policy of the tests has it. */
export const queryOf = { batch: "?level=batch", others: "" } as const;

/** Both versions' Services together, by subset. */
export function sentBy(
  { kubectl }: Cluster,
  { namespace, deployment }: Gateway,
): Promise<Readonly<Record<string, number>>> {
  return sentBySubset(kubectl, { namespace, target: `deployment/${deployment}` }, "reviews-v[12]");
}

/** `reviews-v1 /path x-route=value` of one request from the mesh. */
export async function metBy(cluster: Cluster, { url }: Gateway, path: string): Promise<string> {
  const { pod, path: seen, headers } = await call(cluster, `${url}${path}`, [host]);
  const route = headers["X-Route"]?.[0];
  return [pod.split("-").slice(0, -2).join("-"), seen, ...(route === undefined ? [] : [`x-route=${route}`])].join(" ");
}
