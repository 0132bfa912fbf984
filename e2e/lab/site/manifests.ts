// Makes what `expedite render` reads: the topology as Kubernetes objects, next to the two files for readers.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import type { Arm } from "../arms.ts";
import { levels } from "../classes.ts";
import { linkRate, type Profile } from "../profiles.ts";
import {
  applications,
  appPort,
  backup,
  backupPort,
  bottleneckPod,
  gateway,
  gatewayPort,
  namespace,
  type Pod,
  replica,
  services,
} from "./topology.ts";

const gatewayName = "bookinfo";

const service = ({ name, clusterIP }: (typeof services)[number]) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { clusterIP, selector: { app: name }, ports: [{ name: "http", port: appPort, targetPort: appPort }] },
});

interface PodExtras {
  readonly port: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const pod = ({ name, app, address }: Pod, { port, labels, annotations }: PodExtras) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: { app, ...labels }, ...(annotations && { annotations }) },
  spec: { containers: [{ name: app, ports: [{ containerPort: port }] }] },
  status: { podIP: address, phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
});

const edge = () => [
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: gatewayName, namespace },
    spec: { gatewayClassName: "istio", listeners: [{ name: "http", port: gatewayPort, protocol: "HTTP" }] },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "bookinfo", namespace },
    spec: {
      parentRefs: [{ name: gatewayName }],
      rules: [
        {
          matches: ["/productpage", "/export"].map((value) => ({ path: { type: "PathPrefix", value } })),
          backendRefs: [{ name: "productpage", port: appPort }],
        },
      ],
    },
  },
];

/** The lab's Kubernetes objects; the bottleneck's rate is an annotation on its pod, as in a cluster. */
export function bookinfo(profile: Profile, setting: Setting = plainMesh): readonly object[] {
  const quantity = setting.bottleneck === "pod" ? profile.quantity : `${linkRate}`;
  const annotations = { "kubernetes.io/egress-bandwidth": quantity };
  const label = setting.backup === "labelled" ? { "expedite.dev/level": levels.batch } : {};
  return [
    ...(setting.backup === "none" ? [] : [pod(backup, { port: backupPort, labels: label })]),
    ...services.map(service),
    ...applications.map((one) =>
      pod(one, one.name === bottleneckPod ? { port: appPort, annotations } : { port: appPort }),
    ),
    ...(setting.replicas === 1 ? [] : [pod(replica, { port: appPort })]),
    pod(gateway, { port: gatewayPort, labels: { "gateway.networking.k8s.io/gateway-name": gatewayName } }),
    ...edge(),
  ];
}

/** What of an arm its manifests depend on. */
export type Setting = Pick<Arm, "levels" | "queue" | "bottleneck" | "scavenger" | "backup" | "admission" | "replicas">;
const plainMesh: Setting = {
  ...{ levels: false, queue: "pfifo", bottleneck: "pod", scavenger: false, backup: "none", admission: "none" },
  replicas: 1,
};

/** Writes the files for `expedite -f` into a new folder. Without levels it is a plain mesh. */
export function writeManifests(folder: string, profile: Profile, setting: Setting): void {
  const source = (name: string): string => readFileSync(join(import.meta.dirname, "..", name), "utf8");
  const ladder = parseDocument(source("priority-ladder.yaml"));
  ladder.setIn(["spec", "mode"], setting.levels ? "Enforce" : "Disabled");
  if (setting.scavenger) ladder.setIn(["spec", "levels", 1, "congestionControl"], "scavenger");
  if (setting.queue !== "levels") ladder.setIn(["spec", "links"], []);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "priority-ladder.yaml"), ladder.toString());
  writeFileSync(join(folder, "priority-policy.yaml"), source("priority-policy.yaml"));
  if (setting.admission === "RequestQueue")
    writeFileSync(join(folder, "request-queue.yaml"), source("request-queue.yaml"));
  const objects = bookinfo(profile, setting).map((object) => stringify(object));
  writeFileSync(join(folder, "bookinfo.yaml"), objects.join("---\n"));
}
