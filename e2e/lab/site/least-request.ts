// Makes a proxy choose the pod with the fewest requests that it has sent there, as Istio's proxies do by default.

interface Bootstrap {
  readonly static_resources: { readonly clusters: readonly object[] };
}

/** @returns a copy of the bootstrap */
export function withLeastRequest(bootstrap: unknown): unknown {
  const { static_resources, ...rest } = bootstrap as Bootstrap;
  const clusters = static_resources.clusters.map((cluster) =>
    "lb_policy" in cluster ? cluster : { ...cluster, lb_policy: "LEAST_REQUEST" },
  );
  return { ...rest, static_resources: { ...static_resources, clusters } };
}
