// Starts etcd, the API server, the controller manager and the scheduler in the control plane's network namespace.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { command } from "../process/command.ts";
import { type Process, startProcess, tailOf } from "../process/process.ts";
import { waitUntil } from "../process/wait.ts";
import { controlPlaneAddress, controlPlaneName, netnsFile, serviceRange } from "./addresses.ts";
import { binaryOf, parts } from "./build/parts.ts";

/** `input` is kubectl's standard input (`-f -`). @throws CommandError with kubectl's output */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** The one part that tests stop and start: etcd keeps what it wrote. */
export interface ApiServer {
  /** Like a power cut: connections are reset, and new ones refused. Resolves once it is gone. */
  kill(): Promise<void>;
  /** Resolves once it is ready. @throws with the tail of its log when it is not ready in two minutes */
  start(): Promise<void>;
}

export interface ControlPlane {
  readonly kubectl: Kubectl;
  readonly apiServer: ApiServer;
}

const etcdUrl = "http://127.0.0.1:2379";
const kubernetes = binaryOf(parts.kubernetes);

/** Nothing has to survive a power cut, so etcd need not sync. */
const etcd = (state: string): readonly string[] => [
  "etcd",
  `--data-dir=${join(state, "etcd")}`,
  "--unsafe-no-fsync",
  `--listen-client-urls=${etcdUrl}`,
  `--advertise-client-urls=${etcdUrl}`,
  "--listen-peer-urls=http://127.0.0.1:2380",
  "--log-level=warn",
];

/** No kube-proxy runs beside it: aggregator routing lets it call webhooks at the addresses of their pods. */
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
 * Without a folder for plug-ins it would create one in /usr/libexec. Without the long grace period, a minute without an API server would
 * make it consider every node dead and remove all endpoints afterwards: that is Kubernetes' own behaviour, with or without Expedite.
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
 * Resolves once the API server is ready; the others connect by themselves.
 * @param state a folder for data and logs
 * @param started collects what ends the programs that this starts
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
    return command(binaryOf(parts.kubectl), [...flags, ...args], { netns: controlPlaneName, ...options });
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
