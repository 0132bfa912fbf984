// Defines the schemas of the Gateway API, with the fields that decide whose requests pass where. Other fields are kept and not read.
import { z } from "zod";
import { port } from "./kubernetes.ts";
import { labelSelector } from "./label-selector.ts";
import { namespacedMetadata, objectName } from "./metadata.ts";

const namespacesOf = z.looseObject({ from: z.string().optional(), selector: labelSelector.optional() }).optional();

/**
 * The namespaces and kinds of the routes that a listener accepts; absent: those of its object's own namespace, of any kind that fits the
 * protocol.
 */
const allowedRoutes = z
  .looseObject({
    kinds: z
      .array(z.looseObject({ group: z.string().default("gateway.networking.k8s.io"), kind: z.string() }))
      .default([]),
    namespaces: namespacesOf,
  })
  .optional();

const listeners = z
  .array(
    z.looseObject({
      ...{ name: z.string(), port, protocol: z.string() },
      hostname: z.string().optional(),
      allowedRoutes,
    }),
  )
  .default([]);

const apiVersion = z.string().startsWith("gateway.networking.k8s.io/");

/** Names the controller that runs the proxies of its Gateways. */
export const gatewayClass = z.looseObject({
  apiVersion,
  kind: z.literal("GatewayClass"),
  metadata: z.looseObject({ name: objectName }),
  spec: z.looseObject({ controllerName: z.string() }),
});

export const meshGateway = z.looseObject({
  apiVersion,
  kind: z.literal("Gateway"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    gatewayClassName: z.string().optional(),
    /** A host name is that of a Service whose pods are the Gateway's proxies. */
    addresses: z
      .array(z.looseObject({ type: z.string().default("IPAddress"), value: z.string().default("") }))
      .default([]),
    listeners,
    /** The namespaces whose ListenerSets may add listeners; absent: none. */
    allowedListeners: z.looseObject({ namespaces: namespacesOf }).optional(),
  }),
});

/** Listeners that someone adds to a Gateway. */
export const listenerSet = z.looseObject({
  apiVersion,
  kind: z.literal("ListenerSet"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    parentRef: z.looseObject({
      group: z.string().default("gateway.networking.k8s.io"),
      kind: z.string().default("Gateway"),
      name: z.string(),
      namespace: z.string().optional(),
    }),
    listeners,
  }),
});

const backendRef = z.looseObject({
  group: z.string().default(""),
  kind: z.string().default("Service"),
  name: z.string(),
  namespace: z.string().optional(),
  port: port.optional(),
  weight: z.number().optional(),
});

const routeFilter = z.looseObject({
  type: z.string(),
  urlRewrite: z
    .looseObject({
      hostname: z.string().optional(),
      path: z
        .looseObject({
          type: z.string(),
          replaceFullPath: z.string().optional(),
          replacePrefixMatch: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
});

/** An HTTPRoute or a GRPCRoute: the two differ only in what they match. */
export const meshRoute = z.looseObject({
  apiVersion,
  kind: z.enum(["HTTPRoute", "GRPCRoute"]),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    parentRefs: z
      .array(
        z.looseObject({
          group: z.string().optional(),
          kind: z.string().optional(),
          name: z.string(),
          namespace: z.string().optional(),
          sectionName: z.string().optional(),
          port: port.optional(),
        }),
      )
      .default([]),
    hostnames: z.array(z.string()).default([]),
    rules: z
      .array(
        z.looseObject({
          name: z.string().optional(),
          matches: z
            .array(
              z.looseObject({
                path: z.looseObject({ type: z.string().optional(), value: z.string().optional() }).optional(),
                headers: z.array(z.looseObject({ name: z.string() })).default([]),
              }),
            )
            .default([]),
          filters: z.array(routeFilter).default([]),
          backendRefs: z.array(backendRef).default([]),
          timeouts: z.looseObject({ request: z.string().optional(), backendRequest: z.string().optional() }).optional(),
          retry: z
            .looseObject({
              attempts: z.number().optional(),
              codes: z.array(z.number()).default([]),
              backoff: z.string().optional(),
            })
            .optional(),
        }),
      )
      .default([]),
  }),
});

export type GatewayClass = z.infer<typeof gatewayClass>;
export type MeshGateway = z.infer<typeof meshGateway>;
export type ListenerSet = z.infer<typeof listenerSet>;
export type MeshRoute = z.infer<typeof meshRoute>;
