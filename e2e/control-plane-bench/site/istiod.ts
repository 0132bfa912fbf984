// Runs istiod as a process in the control plane's network namespace, against the real API server, and reads its metrics.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { controlPlaneAddress, controlPlaneName, netnsFile } from "../../kubernetes/addresses.ts";
import { type Process, startProcess } from "../../process/process.ts";
import { waitUntil } from "../../process/wait.ts";
import { istiodBinary } from "./istio.ts";

export const discoveryAddress = `${controlPlaneAddress}:15012`;
const monitoring = `http://${controlPlaneAddress}:15014`;

/** The mesh config of Istio's chart, without filters that a plain Envoy lacks. */
const environment = {
  POD_NAMESPACE: "istio-system",
  POD_NAME: "istiod",
  POD_IP: controlPlaneAddress,
  REVISION: "default",
  PILOT_ENABLE_METADATA_EXCHANGE: "false",
  PILOT_ENABLE_ALPN_FILTER: "false",
  PILOT_ENABLE_GATEWAY_API: "false",
  INJECT_ENABLED: "false",
  VALIDATION_WEBHOOK_CONFIG_NAME: "",
};

const meshConfig = {
  rootNamespace: "istio-system",
  trustDomain: "cluster.local",
  enableAutoMtls: true,
  defaultConfig: { discoveryAddress, concurrency: 1 },
};

/** The text of its metrics, for exposition.ts. @throws when it does not answer */
export async function istiodMetrics(): Promise<string> {
  const response = await fetch(`${monitoring}/metrics`);
  return response.text();
}

/** @throws with the tail of its log when it is not ready in time */
export async function startIstiod(pki: string, state: string): Promise<Process> {
  const folder = join(state, "istiod");
  mkdirSync(folder, { recursive: true });
  const mesh = join(folder, "mesh.json");
  writeFileSync(mesh, JSON.stringify(meshConfig));
  const flags = [
    `--kubeconfig=${join(pki, "admin.conf")}`,
    `--meshConfig=${mesh}`,
    "--domain=cluster.local",
    "--log_output_level=default:warn",
  ];
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const process = startProcess({
    name: "istiod",
    enter: [`--net=${netnsFile(controlPlaneName)}`],
    // It keeps files in its working directory.
    command: ["env", `--chdir=${folder}`, ...variables, istiodBinary, "discovery", ...flags],
    log: join(folder, "istiod.log"),
    home: folder,
  });
  await waitUntil({ what: "istiod is ready", seconds: 60, detail: process.tail }, async () => {
    const response = await fetch(`http://${controlPlaneAddress}:8080/ready`);
    return response.ok;
  });
  return process;
}
