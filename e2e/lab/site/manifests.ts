// Makes what `expedite render` reads: the topology as Kubernetes objects, next to the two files for readers.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import type { Profile } from "../profiles.ts";
import {
  applications,
  appPort,
  bottleneckPod,
  gateway,
  gatewayPort,
  namespace,
  type Pod,
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
export function bookinfo(profile: Profile): readonly object[] {
  const annotations = { "kubernetes.io/egress-bandwidth": profile.quantity };
  return [
    ...services.map(service),
    ...applications.map((one) =>
      pod(one, one.name === bottleneckPod ? { port: appPort, annotations } : { port: appPort }),
    ),
    pod(gateway, { port: gatewayPort, labels: { "gateway.networking.k8s.io/gateway-name": gatewayName } }),
    ...edge(),
  ];
}

/** Writes the files for `expedite render -f` into a new folder. `mode` is the ladder's; with Disabled it is a plain mesh. */
export function writeManifests(folder: string, profile: Profile, mode: "Enforce" | "Disabled"): void {
  const source = (name: string): string => readFileSync(join(import.meta.dirname, "..", name), "utf8");
  const ladder = parseDocument(source("priority-ladder.yaml"));
  ladder.setIn(["spec", "mode"], mode);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "priority-ladder.yaml"), ladder.toString());
  writeFileSync(join(folder, "priority-policy.yaml"), source("priority-policy.yaml"));
  const objects = bookinfo(profile).map((object) => stringify(object));
  writeFileSync(join(folder, "bookinfo.yaml"), objects.join("---\n"));
}
