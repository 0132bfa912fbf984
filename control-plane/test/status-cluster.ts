// Clusters of plain objects, as `expedite status` reads them, and what their controllers answer.
import assert from "node:assert/strict";
import type { ProxyStatus } from "../src/commands/status/leader.ts";
import type { Cluster, ClusterObject } from "../src/kube/cluster.ts";

export const apiVersion = "expedite.dev/v1alpha1";
export const yes = (type: string) => ({
  type,
  status: "True",
  reason: type,
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
export const ladder: ClusterObject = {
  ...{ apiVersion, kind: "PriorityLadder", metadata: { name: "default" } },
  spec: { mode: "Enforce" },
  status: { conditions: [yes("Accepted")] },
};
export const policy: ClusterObject = {
  ...{ apiVersion, kind: "PriorityPolicy", metadata: { name: "cart", namespace: "shop" } },
  status: { conditions: [yes("Accepted"), yes("Programmed")] },
};
export const lease = (secondsAgo: number): ClusterObject => ({
  ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "expedite" } },
  spec: {
    holderIdentity: "expedite-1",
    leaseDurationSeconds: 15,
    renewTime: new Date(Date.now() - secondsAgo * 1000).toISOString(),
  },
});
export const programmed = (namespace: string, pod: string): ProxyStatus => ({
  namespace,
  pod,
  state: "programmed",
  reason: "",
});

/** `proxies`: the answer of its leading controller; an Error means that it does not answer. */
export function clusterOf(objects: readonly ClusterObject[], proxies: readonly ProxyStatus[] | Error): Cluster {
  return {
    name: "test (https://test)",
    list: async ({ kind }) => objects.filter((object) => object.kind === kind),
    remove: () => assert.fail("status removes nothing"),
    annotate: () => assert.fail("status annotates nothing"),
    scale: () => assert.fail("status scales nothing"),
    forward: () => assert.fail("status sends one request"),
    get: async () => {
      if (proxies instanceof Error) throw proxies;
      return { proxies };
    },
  };
}

/** `answers`: what each pod answers at a port. */
export function replicas(objects: readonly ClusterObject[], answers: Readonly<Record<string, unknown>>): Cluster {
  return {
    ...clusterOf(objects, new Error("asked otherwise")),
    get: async ({ metadata }, port, path) => {
      const answer = answers[`${metadata.namespace}/${metadata.name}:${port}${path}`];
      if (answer === undefined) throw new Error(`nothing listens at ${metadata.name}:${port}`);
      return answer;
    },
  };
}
