// Out: CRDs of the Istio kinds that we write, by name and version as Istio's own; of their fields nothing is checked here.
import { stringify } from "yaml";

const kinds = [
  { kind: "EnvoyFilter", plural: "envoyfilters", version: "v1alpha3" },
  { kind: "DestinationRule", plural: "destinationrules", version: "v1" },
] as const;

const group = "networking.istio.io";

export const istioKinds = kinds
  .map(({ kind, plural, version }) =>
    stringify({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    }),
  )
  .join("---\n");
