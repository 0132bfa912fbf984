// Makes the configuration files of a node's programs.
import { join } from "node:path";
import { clusterDomain, dnsService, nodeAddress, nodeName, podRange, podRangeOf } from "../addresses.ts";
import { binaryOf, parts } from "../build/parts.ts";
import { cniFolder } from "../build/requirements.ts";
import { images } from "../images/images.ts";

export const containerdSocket = "/run/containerd/containerd.sock";

/** A bridge for the pods, with addresses from the node's range. */
export const cni = (number: number): string =>
  JSON.stringify({
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: "host-local", ranges: [[{ subnet: podRangeOf(number) }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
    ],
  });

/** restrict_oom_score_adj, because containers of some hosts may not lower the score (CAP_SYS_RESOURCE). */
export const containerd = (folder: string): string => `version = 3
root = "${join(folder, "containerd")}"
state = "/run/containerd"
[grpc]
  address = "${containerdSocket}"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${images.pause.name}"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["${cniFolder}"]
    conf_dir = "${join(folder, "cni")}"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    runtime_path = "${binaryOf(parts.containerd, "containerd-shim-runc-v2")}"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "${binaryOf(parts.runc)}"
      SystemdCgroup = false
`;

/** Nothing is evicted, however full the machine's disk is. */
const never = Object.fromEntries(
  ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"].map(
    (signal) => [signal, "0%"],
  ),
);

export interface KubeletFolders {
  /** The folder for this node's own files. */
  readonly own: string;
  readonly pki: string;
  readonly cgroup: string;
}

export const kubelet = (number: number, { own, pki, cgroup }: KubeletFolders): string =>
  JSON.stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot: cgroup,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    clusterDNS: [dnsService],
    clusterDomain,
    resolvConf: join(own, "resolv.conf"),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: join(pki, "ca.crt") },
    },
    authorization: { mode: "AlwaysAllow" },
    address: nodeAddress(number),
    healthzBindAddress: "127.0.0.1",
    evictionHard: never,
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    volumePluginDir: join(own, "plugins"),
    allowedUnsafeSysctls: ["net.ipv4.*"],
  });

/** maxPerCore 0: the host chooses the size of the table. */
export const kubeProxy = (number: number, pki: string): string =>
  JSON.stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clientConnection: { kubeconfig: join(pki, "kube-proxy.conf") },
    hostnameOverride: nodeName(number),
    clusterCIDR: podRange,
    conntrack: { maxPerCore: 0, min: 0 },
    metricsBindAddress: "127.0.0.1:10249",
  });
