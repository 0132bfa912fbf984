// A user's objects that route requests for reviews to its versions, as kubectl applies them.

export type Http = Readonly<Record<string, unknown>>;

/** A DestinationRule with both versions as subsets. */
export const versions = JSON.stringify({
  ...{ apiVersion: "networking.istio.io/v1", kind: "DestinationRule" },
  metadata: { name: "reviews", namespace: "bookinfo" },
  spec: { host: "reviews", subsets: ["v1", "v2"].map((version) => ({ name: version, labels: { version } })) },
});

export const toVersion = (subset: string) => ({ destination: { host: "reviews", subset } });

export const virtualService = (http: readonly Http[]): string =>
  JSON.stringify({
    ...{ apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
    metadata: { name: "reviews", namespace: "bookinfo" },
    spec: { hosts: ["reviews"], http },
  });

export const weighted = (v1: number, v2: number): readonly Http[] => [
  {
    name: "canary",
    route: [
      { ...toVersion("v1"), weight: v1 },
      { ...toVersion("v2"), weight: v2 },
    ],
  },
];
