// Makes the arguments with which kind and Docker are called for one cluster. Pure.
import { parse, stringify } from "yaml";

/** kind names nodes after the cluster: NAME-worker, NAME-worker2, … `number` begins at 1, as in addresses.ts. */
export const workerOf = (cluster: string, number: number): string => `${cluster}-worker${number === 1 ? "" : number}`;

/** kind reads the configuration from standard input. */
export const create = (cluster: string, kubeconfig: string): readonly string[] => [
  ...["create", "cluster", "--name", cluster, "--config", "-", "--kubeconfig", kubeconfig, "--wait", "180s"],
];

/** Loads an archive into every node. */
export const load = (cluster: string, archive: string): readonly string[] => [
  ...["load", "image-archive", archive, "--name", cluster],
];

export const remove = (cluster: string, kubeconfig: string): readonly string[] => [
  ...["delete", "cluster", "--name", cluster, "--kubeconfig", kubeconfig],
];

/** For docker: the pid of a node's first process as seen by the machine, and its address. */
export const inspect = (node: string): readonly string[] => [
  ...["inspect", "--format", "{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", node],
];

/** For docker: ctr(8) of a node's containerd. */
export const ctr = (node: string, args: readonly string[]): readonly string[] => [
  ...["exec", node, "ctr", "--namespace=k8s.io", ...args],
];

/** For docker: moves the manifest with which the control plane's kubelet runs the API server out of its folder, or back. */
export function move(cluster: string, way: "away" | "back"): readonly string[] {
  const [home, elsewhere] = ["/etc/kubernetes/manifests/kube-apiserver.yaml", "/etc/kubernetes/kube-apiserver.yaml"];
  const [from, to] = way === "away" ? [home, elsewhere] : [elsewhere, home];
  return ["exec", `${cluster}-control-plane`, "mv", from, to];
}

/** The repository's configuration with another number of workers, each like its first. */
export function configOf(text: string, workers: number): string {
  const config = parse(text) as { readonly nodes: readonly { readonly role: string }[] };
  const first = config.nodes.find(({ role }) => role === "worker") ?? { role: "worker" };
  const others = config.nodes.filter(({ role }) => role !== "worker");
  const nodes = [...others, ...Array.from({ length: workers }, () => first)];
  return stringify({ ...config, nodes }, { aliasDuplicateObjects: false });
}

/** Replaces the node names of addresses.ts, with which manifests place their pods, by those of kind. */
export const placed = (manifest: string, cluster: string): string =>
  manifest.replaceAll(/\bxp-node(\d)\b/g, (_, number: string) => workerOf(cluster, Number(number)));
