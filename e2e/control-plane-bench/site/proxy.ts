// Runs a sidecar without a pod's containers: pilot-agent and Envoy in a network namespace at the switch, with the token and address of a
// pod that exists in the API server. Its configuration, certificates and memory are those of any sidecar.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { envoyBinary } from "../../envoy/envoy.ts";
import { netnsFile } from "../../kubernetes/addresses.ts";
import { startProcess } from "../../process/process.ts";
import { waitUntil } from "../../process/wait.ts";
import { childrenOf } from "../measure/process.ts";
import { addPod } from "../mesh/populate.ts";
import type { Api } from "./api.ts";
import { agentBinary, bootstrapTemplate } from "./istio.ts";
import { discoveryAddress } from "./istiod.ts";
import { addMachine, removeMachine } from "./link.ts";

export interface ProxyPlace {
  /** Also names the network namespace: at most 13 bytes. */
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
}

export interface Sidecar extends ProxyPlace {
  /** Envoy's pid. */
  readonly pid: number;
  /** Envoy's own metrics, for exposition.ts. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Writes the files that a kubelet would mount. @returns the working directory that contains them */
async function writeFiles(api: Api, { name, namespace }: ProxyPlace, state: string): Promise<string> {
  const folder = join(state, name);
  const write = (path: string, content: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
  const audience = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: ["istio-ca"] } };
  const token = await api.json<{ status: { token: string } }>("POST", account, audience);
  write("var/run/secrets/tokens/istio-token", token.status.token);
  const root = `/api/v1/namespaces/${namespace}/configmaps/istio-ca-root-cert`;
  await waitUntil({ what: `istiod's root certificate is in ${namespace}`, seconds: 60 }, async () => {
    const map = await api.json<{ data: Record<string, string> }>("GET", root);
    write("var/run/secrets/istio/root-cert.pem", map.data["root-cert.pem"]!);
    return true;
  });
  write("etc/istio/pod/labels", `app="${name}"\n`);
  return folder;
}

const environment = ({ name, namespace, address }: ProxyPlace): Readonly<Record<string, string>> => ({
  INSTANCE_IP: address,
  POD_NAME: name,
  POD_NAMESPACE: namespace,
  SERVICE_ACCOUNT: "default",
  ISTIO_META_CLUSTER_ID: "Kubernetes",
  ISTIOD_SAN: "istiod.istio-system.svc",
  PROXY_CONFIG: JSON.stringify({
    discoveryAddress,
    binaryPath: envoyBinary(),
    configPath: "./etc/istio/proxy",
    concurrency: 1,
  }),
});

/** @throws with the tail of its log when it is not ready in time */
export async function startProxy(api: Api, place: ProxyPlace, state: string): Promise<Sidecar> {
  const folder = await writeFiles(api, place, state);
  await addMachine(place.name, place.address);
  const pod = await addPod(
    api,
    { ...place, labels: { app: place.name, "security.istio.io/tlsMode": "istio" } },
    place.address,
  );
  const variables = Object.entries(environment(place)).map(([name, value]) => `${name}=${value}`);
  const arguments_ = ["proxy", "sidecar", "--domain", `${place.namespace}.svc.cluster.local`];
  const agent = startProcess({
    name: place.name,
    enter: [`--net=${netnsFile(place.name)}`],
    command: [
      "env",
      `--chdir=${folder}`,
      ...variables,
      agentBinary,
      ...arguments_,
      `--templateFile=${bootstrapTemplate}`,
    ],
    log: join(folder, "agent.log"),
    home: folder,
  });
  const stop = async (): Promise<void> => {
    const envoys = childrenOf(agent.pid);
    await agent.kill();
    // Without this, Envoy would outlive its agent.
    for (const pid of envoys) process.kill(pid, "SIGKILL");
    await removeMachine(place.name);
    await api.text("DELETE", `${pod}?gracePeriodSeconds=0`);
  };
  const get = (path: string): Promise<Response> => fetch(`http://${place.address}:${path}`);
  try {
    await waitUntil(
      { what: `${place.name} is ready`, seconds: 60, detail: agent.tail },
      async () => (await get("15021/healthz/ready")).ok,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...place,
    pid: childrenOf(agent.pid)[0]!,
    metrics: async () => (await get("15090/stats/prometheus")).text(),
    stop,
  };
}
