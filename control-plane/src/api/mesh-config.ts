// Defines the schema of Istio's mesh config in JSON (istio.mesh.v1alpha1.MeshConfig): facts about a mesh that affect how everything else is
// read.
import { z } from "zod";
import { labelSelector } from "./label-selector.ts";

const names = z.array(z.string()).default([]);

/** How proxies normalise a path before anything reads it; DEFAULT is BASE. */
const pathNormalizations = ["DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] as const;

export const istioMeshConfig = z.looseObject({
  rootNamespace: z.string().default(""),
  trustDomain: z.string().default(""),
  trustDomainAliases: names,
  defaultServiceExportTo: names,
  defaultVirtualServiceExportTo: names,
  defaultDestinationRuleExportTo: names,
  discoverySelectors: z.array(labelSelector).default([]),
  defaultHttpRetryPolicy: z.record(z.string(), z.unknown()).optional(),
  pathNormalization: z.looseObject({ normalization: z.enum(pathNormalizations).default("DEFAULT") }).optional(),
});

export type IstioMeshConfig = z.infer<typeof istioMeshConfig>;
export type PathNormalization = (typeof pathNormalizations)[number];
