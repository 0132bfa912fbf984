// Defines the schemas of Kubernetes' core objects, with the fields that the configuration of proxies and links needs.
import { z } from "zod";
import { dnsLabel, labels, namespacedMetadata } from "./metadata.ts";

/** Of the group apps. */
export const workloadKinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;

export const port = z.int().min(1).max(65535);

const ipAddress = z.union([z.ipv4(), z.ipv6()], "is not an IP address");

export const service = z.looseObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Service"),
  metadata: namespacedMetadata.extend({ name: dnsLabel }),
  spec: z.looseObject({
    /** ExternalName has no pods. */
    type: z.string().optional(),
    /** None: headless. */
    clusterIP: z.string().optional(),
    /** One for each family, that of clusterIP first. */
    clusterIPs: z.array(z.string()).optional(),
    /** The families of its endpoints, in order of preference. */
    ipFamilies: z.array(z.enum(["IPv4", "IPv6"])).optional(),
    selector: labels.default({}),
    ports: z
      .array(
        z.looseObject({
          name: z.string().optional(),
          port,
          /** A number, or the name of a container's port, quoted or not. Default: port. */
          targetPort: z.coerce.string().optional(),
          protocol: z.string().default("TCP"),
          appProtocol: z.string().optional(),
        }),
      )
      .default([]),
  }),
});

export const namespace = z.looseObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Namespace"),
  metadata: z.looseObject({ name: dnsLabel, labels: labels.optional() }),
});

export const node = z.looseObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Node"),
  metadata: z.looseObject({ name: z.string(), uid: z.string().optional(), labels: labels.optional() }),
});

export const pod = z.looseObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Pod"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    nodeName: z.string().optional(),
    hostNetwork: z.boolean().optional(),
    containers: z
      .array(
        z.looseObject({
          ports: z
            .array(
              z.looseObject({ name: z.string().optional(), containerPort: port, protocol: z.string().default("TCP") }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      podIP: ipAddress.optional(),
      /** One for each family, including podIP. */
      podIPs: z.array(z.looseObject({ ip: ipAddress })).optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional(),
    })
    .default({}),
});

/** What keeps pods running, and the labels by which it knows them. */
export const workload = z.looseObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.enum(workloadKinds),
  metadata: namespacedMetadata,
  spec: z
    .looseObject({
      selector: z
        .looseObject({ matchLabels: labels.default({}), matchExpressions: z.array(z.unknown()).default([]) })
        .prefault({}),
    })
    .prefault({}),
});

const resourceMetric = z.looseObject({ name: z.string() }).optional();

/** Any version: an older one scales on CPU alone. */
export const autoscaler = z.looseObject({
  apiVersion: z.string().startsWith("autoscaling/"),
  kind: z.literal("HorizontalPodAutoscaler"),
  metadata: namespacedMetadata,
  spec: z.looseObject({
    scaleTargetRef: z.looseObject({ kind: z.string(), name: z.string() }),
    /** Without any, Kubernetes takes the CPU. */
    metrics: z
      .array(z.looseObject({ type: z.string(), resource: resourceMetric, containerResource: resourceMetric }))
      .default([]),
  }),
});

export type Autoscaler = z.infer<typeof autoscaler>;
export type Workload = z.infer<typeof workload>;
export type Service = z.infer<typeof service>;
export type Namespace = z.infer<typeof namespace>;
export type Node = z.infer<typeof node>;
export type Pod = z.infer<typeof pod>;
