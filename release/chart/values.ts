// Defines the chart's values: from this schema come values.yaml, values.schema.json and the table of the chart's README.
import { z } from "zod";
import { hub } from "../images/shipped.ts";
import { workloadOf } from "./defaults.ts";
import {
  affinity,
  extraEnv,
  imagePullSecrets,
  resources as podResources,
  tolerations,
  topologySpreadConstraints,
} from "./pod-values.ts";

const controller = workloadOf("controller.yaml");
const agent = workloadOf("agent.yaml");

const text = (preset: string) => z.string().default(preset);
const flag = (preset: boolean) => z.boolean().default(preset);
const strings = () => z.record(z.string(), z.string()).default({});

const image = (name: string) =>
  z
    .strictObject({
      repository: z.string().min(1).default(`${hub}/${name}`).describe("Where the image is, without its tag."),
      tag: text("").describe("The tag. Empty: the version of the chart's application."),
      digest: z
        .string()
        .regex(/^(sha256:[0-9a-f]{64})?$/)
        .default("")
        .describe("sha256:…; if set, the image is taken by it and not by the tag."),
      pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent").describe("When nodes pull it."),
    })
    .prefault({})
    .describe("The image.");

const logLevel = z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least severe lines to log.");

/** What every pod template may be given. */
const pod = {
  podLabels: strings().describe("More labels for the pods."),
  podAnnotations: strings().describe("More annotations for the pods."),
  nodeSelector: strings().describe("Labels of the nodes for the pods."),
  affinity: affinity.describe("The pods' affinity."),
  extraEnv: extraEnv.describe("More environment variables of the container, as in a pod."),
  serviceAccountAnnotations: strings().describe("Annotations of the ServiceAccount."),
};

const resources = (preset: typeof controller.resources) =>
  podResources
    .default({ ...preset })
    .describe("Requests and limits of the container. With another memory limit, change nodeOptions too.");

const monitoring = z
  .strictObject({
    labels: strings().describe("Labels of the monitors and rules, by which a Prometheus selects them, often release."),
    interval: z
      .string()
      .regex(/^([0-9]+(ms|[smhdwy]))+$/)
      .default("30s")
      .describe("How often to read metrics."),
    serviceMonitor: z
      .strictObject({ enabled: flag(false).describe("A ServiceMonitor for the controller.") })
      .prefault({})
      .describe("For the controller."),
    podMonitor: z
      .strictObject({ enabled: flag(false).describe("A PodMonitor for the agents.") })
      .prefault({})
      .describe("For the agents."),
    proxies: z
      .strictObject({
        enabled: flag(false).describe(
          "A PodMonitor for the filter's counters in every proxy, with the level as a label.",
        ),
      })
      .prefault({})
      .describe("For proxies."),
    rules: z
      .strictObject({ enabled: flag(false).describe("A PrometheusRule with the recommended alerts.") })
      .prefault({})
      .describe("Alerts."),
    dashboard: z
      .strictObject({
        enabled: flag(false).describe("A ConfigMap with the dashboard, which Grafana's sidecar finds by its label."),
        namespace: text("").describe("Grafana's namespace. Empty: the release's."),
        labels: z
          .record(z.string(), z.string())
          .default({ grafana_dashboard: "1" })
          .describe("The labels that Grafana's sidecar looks for."),
      })
      .prefault({})
      .describe("The dashboard."),
  })
  .prefault({})
  .describe("Objects of the Prometheus Operator, and a dashboard.");

export const values = z.strictObject({
  global: z.looseObject({}).default({}).describe("For charts that contain this one. Not read."),
  enabled: flag(true).describe("For charts that contain this one: the condition of their dependency. Not read."),
  istioNamespace: text("").describe("istiod's namespace. Empty: the release's, which it should be."),
  imagePullSecrets: imagePullSecrets.describe("Names of Secrets with credentials for the images: [{ name: … }]."),
  openshift: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe(
      "Leave the user ids to OpenShift and let the agents use its SCC privileged. auto: if the cluster is one.",
    ),
  checks: z
    .strictObject({
      enabled: flag(true).describe(
        "Refuse a cluster without istiod, or with one before 1.30, with another Expedite, or without the kinds.",
      ),
    })
    .prefault({})
    .describe("What is checked before an installation."),
  createLadder: flag(true).describe(
    "Let the controller create the PriorityLadder in mode Observe, once, if there is none. Off: a GitOps repository has it.",
  ),
  crds: z
    .strictObject({
      enabled: flag(true).describe("Install the kinds with the chart."),
      keep: flag(true).describe("Leave the kinds, and with them what users wrote, at an uninstall."),
    })
    .prefault({})
    .describe("The kinds PriorityPolicy, RequestQueue, PriorityLadder and PriorityNode."),
  controller: z
    .strictObject({
      replicas: z.int().min(0).default(1).describe("One leads; a second takes over within 15 seconds."),
      image: image("expedite"),
      logLevel,
      nodeOptions: text(controller.nodeOptions).describe("Options of Node: the heap stays below the memory limit."),
      resources: resources(controller.resources),
      ...pod,
      priorityClassName: text(controller.priorityClassName).describe("The pods' PriorityClass."),
      tolerations: tolerations.describe("Taints that the pods tolerate."),
      topologySpreadConstraints: topologySpreadConstraints.describe("How replicas are spread."),
      podDisruptionBudget: z
        .strictObject({
          enabled: flag(false).describe(
            "Create a PodDisruptionBudget. With one replica it holds up the drain of its node.",
          ),
          maxUnavailable: z.int().min(0).default(1).describe("How many replicas may be missing."),
        })
        .prefault({})
        .describe("A PodDisruptionBudget."),
      networkPolicy: z
        .strictObject({
          enabled: flag(false).describe(
            "Create a NetworkPolicy: in, the HTTP port; out, DNS, the API server and istiod.",
          ),
          apiServerPorts: z.array(z.int().min(1).max(65535)).default([443, 6443]).describe("Ports of the API server."),
        })
        .prefault({})
        .describe("A NetworkPolicy."),
    })
    .prefault({})
    .describe("The controller."),
  agent: z
    .strictObject({
      enabled: flag(true).describe(
        "Install the agents. They change nothing until the ladder has links or marked pods.",
      ),
      namespace: z
        .strictObject({
          name: z
            .string()
            .min(1)
            .default("expedite-agent")
            .describe("The agents' namespace, which is theirs alone, and is removed with everything in it."),
          create: flag(true).describe("Create it. If not, it must allow privileged pods."),
        })
        .prefault({})
        .describe("The agents' namespace."),
      image: image("expedite-agent"),
      logLevel,
      nodeOptions: text(agent.nodeOptions).describe("Options of Node: the heap stays below the memory limit."),
      resources: resources(agent.resources),
      ...pod,
      priorityClassName: text(agent.priorityClassName).describe("The pods' PriorityClass."),
      tolerations: tolerations.default([{ operator: "Exists" }]).describe("Taints that the pods tolerate."),
      maxUnavailable: z
        .union([z.int().min(0), z.string().regex(/^[0-9]+%$/)])
        .default("10%")
        .describe("How many nodes are without an agent during an update; their queues and marks stay."),
      resourceQuota: z
        .strictObject({
          enabled: flag(false).describe(
            "Create a ResourceQuota for the agents' PriorityClass. GKE demands one for system-node-critical.",
          ),
        })
        .prefault({})
        .describe("A ResourceQuota that allows the PriorityClass in the agents' namespace."),
    })
    .prefault({})
    .describe("The agents, one on each node."),
  renderMode: z
    .enum(["failIfMissing", "skipIfMissing", "alwaysRender"])
    .default("failIfMissing")
    .describe("What to do with an object below whose kind the cluster does not have."),
  monitoring,
  telemetry: z
    .strictObject({
      enabled: flag(false).describe(
        "Add the level to Istio's request count and duration in the whole mesh, as the tag priority.",
      ),
      provider: text("prometheus").describe("The mesh config's metrics provider."),
      header: text("x-request-priority").describe(
        "The header that carries the level: spec.header of the PriorityLadder.",
      ),
    })
    .prefault({})
    .describe("A Telemetry of Istio. If the mesh has one for its root namespace already, add the tag there instead."),
  policyException: z
    .strictObject({
      enabled: flag(false).describe("Create a PolicyException of Kyverno for the agents."),
      namespace: text("").describe("Where Kyverno reads exceptions. Empty: the agents' namespace."),
      policies: z
        .array(z.string())
        .default([
          "disallow-capabilities",
          "disallow-capabilities-strict",
          "disallow-host-namespaces",
          "disallow-host-path",
          "disallow-host-ports",
          "require-run-as-nonroot",
          "restrict-apparmor-profiles",
        ])
        .describe("The policies that the agents are exempt from, by the names of Kyverno's library."),
    })
    .prefault({})
    .describe("A PolicyException of Kyverno."),
  uninstallHook: z
    .strictObject({
      enabled: flag(true).describe("Before helm uninstall, run `expedite uninstall`, whose order fails no request."),
      deadlineSeconds: z
        .int()
        .min(60)
        .default(280)
        .describe("Seconds until it fails; Helm waits 300 unless told otherwise."),
    })
    .prefault({})
    .describe("The hook before an uninstall."),
});
