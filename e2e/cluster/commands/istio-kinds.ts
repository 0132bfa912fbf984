// CRDs of the Istio kinds that Expedite writes, with Istio's names and versions but without validation of any field.
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
