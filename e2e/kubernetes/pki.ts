// Makes the cluster's certificates: an authority, a key pair for every component, and kubeconfigs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../process/command.ts";
import { apiServerService, apiServerUrl, clusterDomain, controlPlaneAddress, nodeName } from "./addresses.ts";

interface Identity {
  readonly file: string;
  /** Common name: the user's name in Kubernetes. */
  readonly user: string;
  /** Organization: the user's group. */
  readonly group?: string;
  /** subjectAltName as openssl writes it. */
  readonly names?: readonly string[];
}

const service = "kubernetes.default.svc";

const identitiesOf = (nodes: readonly number[]): readonly Identity[] => [
  {
    file: "apiserver",
    user: "kube-apiserver",
    names: [
      ...[controlPlaneAddress, apiServerService, "127.0.0.1"].map((address) => `IP:${address}`),
      ...["kubernetes", "kubernetes.default", service, `${service}.${clusterDomain}`].map((name) => `DNS:${name}`),
    ],
  },
  { file: "admin", user: "admin", group: "system:masters" },
  { file: "kubelet-client", user: "apiserver-kubelet-client", group: "system:masters" },
  { file: "controller-manager", user: "system:kube-controller-manager" },
  { file: "scheduler", user: "system:kube-scheduler" },
  { file: "kube-proxy", user: "system:kube-proxy" },
  ...nodes.map((number) => ({
    file: nodeName(number),
    user: `system:node:${nodeName(number)}`,
    group: "system:nodes",
    names: [`DNS:${nodeName(number)}`],
  })),
];

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
/** A cluster lives for hours. */
const lifetime = ["-days", "30"];

async function sign(folder: string, { file, user, group, names }: Identity): Promise<void> {
  const at = (suffix: string): string => join(folder, `${file}.${suffix}`);
  const subject = `${group === undefined ? "" : `/O=${group}`}/CN=${user}`;
  const extension = names === undefined ? [] : ["-addext", `subjectAltName=${names.join(",")}`];
  const authority = ["-CA", join(folder, "ca.crt"), "-CAkey", join(folder, "ca.key")];
  const args = ["-x509", ...newKey, ...lifetime, "-subj", subject, ...extension, ...authority];
  const leaf = ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", at("key"), "-out", at("crt")];
  await command("openssl", ["req", ...args, ...leaf]);
}

/** Written as JSON, which is also YAML. */
const kubeconfig = (folder: string, file: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server: apiServerUrl, "certificate-authority": join(folder, "ca.crt") } }],
    users: [
      {
        name: file,
        user: { "client-certificate": join(folder, `${file}.crt`), "client-key": join(folder, `${file}.key`) },
      },
    ],
    contexts: [{ name: file, context: { cluster: "cluster", user: file } }],
    "current-context": file,
  });

/**
 * Writes ca, apiserver, kubelet-client, service-account, and a key pair and kubeconfig for each user of the API.
 * @throws CommandError
 */
export async function writePki(folder: string, nodes: readonly number[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const authority = [
    "-x509",
    ...newKey,
    ...lifetime,
    "-subj",
    "/CN=cluster",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
  ];
  await command("openssl", ["req", ...authority]);
  await command("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", at("service-account.key")]);
  await command("openssl", ["ec", "-in", at("service-account.key"), "-pubout", "-out", at("service-account.pub")]);
  for (const identity of identitiesOf(nodes)) {
    await sign(folder, identity);
    writeFileSync(at(`${identity.file}.conf`), kubeconfig(folder, identity.file));
  }
}
