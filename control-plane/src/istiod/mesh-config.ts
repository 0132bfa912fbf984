// In: an istiod's answer of /debug/mesh, its active mesh config as JSON without what has no value. Out: the facts of the mesh that we need of it.
import { z } from "zod";
import { defaultMeshConfig, type MeshConfig } from "../core/mesh-config.ts";

const names = (otherwise: readonly string[]) =>
  z
    .array(z.string())
    .default([])
    .transform((list) => (list.length === 0 ? otherwise : list));
const text = (otherwise: string) =>
  z
    .string()
    .default("")
    .transform((value) => (value === "" ? otherwise : value));

const { rootNamespace, trustDomain, defaultExportTo } = defaultMeshConfig;

const answerSchema = z.looseObject({
  rootNamespace: text(rootNamespace),
  trustDomain: text(trustDomain),
  defaultServiceExportTo: names(defaultExportTo.service),
  defaultVirtualServiceExportTo: names(defaultExportTo.virtualService),
  defaultDestinationRuleExportTo: names(defaultExportTo.destinationRule),
  defaultHttpRetryPolicy: z.record(z.string(), z.unknown()).optional(),
});

/** The cluster's DNS domain is none of the mesh config. @throws for another form */
export function meshConfigOf(answer: unknown, clusterDomain: string): MeshConfig {
  const mesh = answerSchema.parse(answer);
  return {
    ...{ rootNamespace: mesh.rootNamespace, trustDomain: mesh.trustDomain, clusterDomain },
    defaultExportTo: {
      service: mesh.defaultServiceExportTo,
      virtualService: mesh.defaultVirtualServiceExportTo,
      destinationRule: mesh.defaultDestinationRuleExportTo,
    },
    ...(mesh.defaultHttpRetryPolicy === undefined ? {} : { defaultRetries: mesh.defaultHttpRetryPolicy }),
  };
}
