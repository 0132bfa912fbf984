// Defines the schemas of Istio's networking objects, with the fields that decide which requests may have connections by level.
import { z } from "zod";
import { labels, namespacedMetadata } from "./metadata.ts";

const apiVersion = z.string().startsWith("networking.istio.io/");
const exportTo = z.array(z.string()).default([]);
const portNumber = z.looseObject({ number: z.number().optional() }).optional();

const portPolicy = z.looseObject({
  loadBalancer: z.looseObject({ consistentHash: z.looseObject({}).optional() }).optional(),
  tls: z.looseObject({ mode: z.string().optional() }).optional(),
});

const trafficPolicy = portPolicy.extend({ portLevelSettings: z.array(portPolicy).default([]) }).optional();

export const destinationRule = z.looseObject({
  apiVersion,
  kind: z.literal("DestinationRule"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    host: z.string(),
    exportTo,
    workloadSelector: z.looseObject({}).optional(),
    trafficPolicy,
    subsets: z.array(z.looseObject({ name: z.string(), labels: labels.default({}), trafficPolicy })).default([]),
  }),
});

const httpDestination = z.looseObject({
  destination: z.looseObject({ host: z.string(), subset: z.string().optional(), port: portNumber }),
});

const headers = z.record(z.string(), z.unknown()).optional();
const stringMatch = z.looseObject({ exact: z.string().optional(), prefix: z.string().optional() });

const virtualServiceRoute = z.looseObject({
  name: z.string().default(""),
  match: z
    .array(
      z.looseObject({
        name: z.string().default(""),
        gateways: z.array(z.string()).default([]),
        uri: stringMatch.optional(),
        ignoreUriCase: z.boolean().optional(),
        headers,
        withoutHeaders: headers,
      }),
    )
    .default([]),
  route: z.array(httpDestination).default([]),
  retries: z.unknown().optional(),
  delegate: z.looseObject({ name: z.string(), namespace: z.string().optional() }).optional(),
});

export const virtualService = z.looseObject({
  apiVersion,
  kind: z.literal("VirtualService"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    hosts: z.array(z.string()).default([]),
    /** If absent, sidecars, as with `mesh`. */
    gateways: z.array(z.string()).default(["mesh"]),
    exportTo,
    http: z.array(virtualServiceRoute).default([]),
  }),
});

export const sidecar = z.looseObject({
  apiVersion,
  kind: z.literal("Sidecar"),
  metadata: namespacedMetadata,
  spec: z
    .looseObject({
      workloadSelector: z.looseObject({ labels: labels.default({}) }).optional(),
      egress: z.array(z.looseObject({ hosts: z.array(z.string()).default([]) })).default([]),
    })
    .default({ egress: [] }),
});

export const istioGateway = z.looseObject({
  apiVersion,
  kind: z.literal("Gateway"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    /** Selects the gateway's pods, in any namespace. */
    selector: labels.default({}),
    servers: z
      .array(
        z.looseObject({
          hosts: z.array(z.string()).default([]),
          port: z.looseObject({ number: z.number().optional(), protocol: z.string().default("HTTP") }).prefault({}),
          tls: z.looseObject({ mode: z.string().optional() }).optional(),
        }),
      )
      .default([]),
  }),
});

const routePatch = z.looseObject({
  applyTo: z.string().optional(),
  match: z
    .looseObject({
      context: z.string().default("ANY"),
      routeConfiguration: z
        .looseObject({ vhost: z.looseObject({ name: z.string().default("") }).prefault({}) })
        .prefault({}),
    })
    .prefault({}),
  patch: z.looseObject({ operation: z.string().default("INVALID") }).prefault({}),
});

/** Parses only those patches that change existing routes. */
export const envoyFilter = z.looseObject({
  apiVersion,
  kind: z.literal("EnvoyFilter"),
  metadata: namespacedMetadata,
  spec: z.looseObject({ configPatches: z.array(routePatch).default([]) }).prefault({}),
});

export type EnvoyFilter = z.infer<typeof envoyFilter>;
export type DestinationRule = z.infer<typeof destinationRule>;
export type VirtualService = z.infer<typeof virtualService>;
export type SidecarScope = z.infer<typeof sidecar>;
export type IstioGateway = z.infer<typeof istioGateway>;
