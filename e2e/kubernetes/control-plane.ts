// Starts etcd, API server, controller manager and scheduler in the control plane's network namespace.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { command } from "../process/command.ts";
import { type Process, startProcess, tailOf } from "../process/process.ts";
import { waitUntil } from "../process/wait.ts";
import { controlPlaneAddress, controlPlaneName, netnsFile, serviceRange } from "./addresses.ts";
import { binaryOf, parts } from "./build/parts.ts";

/** `input` is what kubectl reads from standard input (`-f -`). @throws CommandError with what kubectl said */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** The one part that can go and come back: etcd keeps what it wrote. */
export interface ApiServer {
  /** As a power cut does: connections are reset, new ones refused. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it is ready. @throws with the tail of its log when it is not in two minutes */
  start(): Promise<void>;
}

export interface ControlPlane {
  readonly kubectl: Kubectl;
  readonly apiServer: ApiServer;
}

const etcdUrl = "http://127.0.0.1:2379";
const kubernetes = binaryOf(parts.kubernetes);

/** Nothing has to outlast the power: etcd need not sync. */
const etcd = (state: string): readonly string[] => [
  "etcd",
  `--data-dir=${join(state, "etcd")}`,
  "--unsafe-no-fsync",
  `--listen-client-urls=${etcdUrl}`,
  `--advertise-client-urls=${etcdUrl}`,
  "--listen-peer-urls=http://127.0.0.1:2380",
  "--log-level=warn",
];

/** There is no kube-proxy beside it: aggregator routing lets it call webhooks at the addresses of their pods. */
const apiServerArgs = (pki: string): readonly string[] => [
  "kube-apiserver",
  `--etcd-servers=${etcdUrl}`,
  `--service-cluster-ip-range=${serviceRange}`,
  `--advertise-address=${controlPlaneAddress}`,
  `--bind-address=${controlPlaneAddress}`,
  `--tls-cert-file=${pki}/apiserver.crt`,
  `--tls-private-key-file=${pki}/apiserver.key`,
  `--client-ca-file=${pki}/ca.crt`,
  `--kubelet-client-certificate=${pki}/kubelet-client.crt`,
  `--kubelet-client-key=${pki}/kubelet-client.key`,
  "--kubelet-preferred-address-types=InternalIP",
  `--service-account-key-file=${pki}/service-account.pub`,
  `--service-account-signing-key-file=${pki}/service-account.key`,
  "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
  "--authorization-mode=Node,RBAC",
  "--enable-aggregator-routing=true",
  "--allow-privileged=true",
];

/**
 * Without the folder for plug-ins it makes one in /usr/libexec. After a minute without an API server it would hold every node for
 * dead, and take all endpoints away when it is back: Kubernetes' own fault, with Expedite or without.
 */
const controllerManager = (pki: string, state: string): readonly string[] => [
  "kube-controller-manager",
  `--kubeconfig=${pki}/controller-manager.conf`,
  `--service-account-private-key-file=${pki}/service-account.key`,
  `--root-ca-file=${pki}/ca.crt`,
  "--use-service-account-credentials=true",
  "--node-monitor-grace-period=5m",
  `--flex-volume-plugin-dir=${join(state, "plugins")}`,
  "--leader-elect=false",
  "--bind-address=127.0.0.1",
];

const scheduler = (pki: string): readonly string[] => [
  "kube-scheduler",
  `--kubeconfig=${pki}/scheduler.conf`,
  "--leader-elect=false",
  "--bind-address=127.0.0.1",
];

/**
 * Resolves when the API server is ready; the others connect by themselves.
 * @param state a folder for data and logs
 * @param started ends what this starts
 * @throws with the tail of its log when it is not ready in time
 */
export async function startControlPlane(
  pki: string,
  state: string,
  started: AsyncDisposableStack,
): Promise<ControlPlane> {
  const logs = join(state, "logs");
  mkdirSync(logs, { recursive: true });
  const spawn = (args: readonly string[]): Process => {
    const name = args[0]!;
    const enter = [`--net=${netnsFile(controlPlaneName)}`];
    return startProcess({
      name,
      enter,
      command: [kubernetes, ...args],
      log: join(logs, `${name}.log`),
      home: state,
    });
  };
  const start = (args: readonly string[]): Process => {
    const process = spawn(args);
    started.defer(process.kill);
    return process;
  };
  const kubectl: Kubectl = (args, input) => {
    const flags = [`--kubeconfig=${pki}/admin.conf`, `--cache-dir=${join(state, "kubectl")}`];
    const options = input === undefined ? {} : { input };
    return command(kubernetes, ["kubectl", ...flags, ...args], { netns: controlPlaneName, ...options });
  };
  const store = start(etcd(state));
  let server: Process | undefined;
  const apiServer: ApiServer = {
    kill: async () => server?.kill(),
    start: async () => {
      server = spawn(apiServerArgs(pki));
      const detail = (): string => tailOf([store, server!]);
      await waitUntil({ what: "the API server is ready", seconds: 120, detail }, async () => {
        await kubectl(["get", "--raw", "/readyz"]);
        return true;
      });
    },
  };
  started.defer(apiServer.kill);
  await apiServer.start();
  start(controllerManager(pki, state));
  start(scheduler(pki));
  return { kubectl, apiServer };
}
