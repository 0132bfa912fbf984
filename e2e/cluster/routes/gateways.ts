// The two gateways of the tests, the Gateway API's and Istio's own, and on which connections their proxies sent requests.
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { failures, sendSome } from "../fixed-rate.ts";
import { sentBySubset } from "../proxy.ts";

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

/** Some requests from the mesh: what each met first, as `reviews-v1 /path x-route=value`. @throws when one failed */
export async function metBy(cluster: Cluster, { url }: Gateway, path: string): Promise<readonly string[]> {
  const recorded = await sendSome(cluster, { url: `${url}${path}`, headers: [host] });
  if (failures(recorded).length > 0) throw new Error(recorded.errors.join("\n"));
  return recorded.requests.map(({ met }) => met.split(",")[0]!);
}
