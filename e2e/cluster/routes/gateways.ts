// The tests' two gateways, one of the Gateway API and one of Istio, and the connections on which their proxies sent requests.
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { failures, sendSome } from "../fixed-rate.ts";
import { sentBySubset } from "../proxy.ts";

export const gateways = {
  "the Gateway API's gateway": { url: "http://edge-istio.bookinfo", namespace: "bookinfo", deployment: "edge-istio" },
  "Istio's gateway": { url: "http://ingress.ingress", namespace: "ingress", deployment: "ingress" },
} as const;
export type Gateway = (typeof gateways)[keyof typeof gateways];

export const host = "Host: reviews.example";
/** The query that the tests' policy gives level batch. */
export const queryOf = { batch: "?level=batch", others: "" } as const;

/** Requests to the Services of both versions together, by subset. */
export function sentBy(
  { kubectl }: Cluster,
  { namespace, deployment }: Gateway,
): Promise<Readonly<Record<string, number>>> {
  return sentBySubset(kubectl, { namespace, target: `deployment/${deployment}` }, "reviews-v[12]");
}

/** Sends some requests from the mesh and returns what each met first, as `reviews-v1 /path x-route=value`. @throws when one failed */
export async function metBy(cluster: Cluster, { url }: Gateway, path: string): Promise<readonly string[]> {
  const recorded = await sendSome(cluster, { url: `${url}${path}`, headers: [host] });
  if (failures(recorded).length > 0) throw new Error(recorded.errors.join("\n"));
  return recorded.requests.map(({ met }) => met.split(",")[0]!);
}
