// In: a Gateway or HTTPRoute of the Gateway API. Out: the part that a plain Envoy renders; what it would have to ignore is refused.
import { z } from "zod";
import { port } from "./kubernetes.ts";
import { allowedRoutes, meshRoute } from "./mesh-gateway.ts";
import { namespacedMetadata, objectName } from "./metadata.ts";

const apiVersion = z.enum(["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"]);

const hostname = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a lower-case host name");

export const gateway = z.looseObject({
  apiVersion,
  kind: z.literal("Gateway"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    listeners: z
      .array(
        z.looseObject({
          ...{ name: objectName, port, protocol: z.enum(["HTTP"]) },
          hostname: hostname.optional(),
          allowedRoutes,
        }),
      )
      .min(1),
  }),
});

const pathMatch = z.strictObject({
  type: z.enum(["Exact", "PathPrefix"]).default("PathPrefix"),
  value: z.string().startsWith("/", "must begin with /").default("/"),
});

const backendRef = z.strictObject({
  group: z.literal("").default(""),
  kind: z.literal("Service").default("Service"),
  name: objectName,
  namespace: z.string().optional(),
  port,
  weight: z.int().min(1).default(1),
});

const strictHttpRoute = z.looseObject({
  apiVersion,
  kind: z.literal("HTTPRoute"),
  metadata: namespacedMetadata,
  spec: z.strictObject({
    parentRefs: z
      .array(
        z.strictObject({
          group: z.literal("gateway.networking.k8s.io").optional(),
          kind: z.literal("Gateway").optional(),
          name: objectName,
          namespace: z.string().optional(),
          sectionName: z.string().optional(),
          port: port.optional(),
        }),
      )
      .min(1),
    hostnames: z.array(hostname).default([]),
    rules: z
      .array(
        z.strictObject({
          name: z.string().optional(),
          matches: z.array(z.strictObject({ path: pathMatch.default({ type: "PathPrefix", value: "/" }) })).default([]),
          backendRefs: z.array(backendRef).length(1),
        }),
      )
      .min(1),
  }),
});

export const httpRoute = strictHttpRoute.transform((route) => meshRoute.parse(route));

export type Gateway = z.infer<typeof gateway>;
