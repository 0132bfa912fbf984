// A cluster as an administrator's command sees it: objects are listed, removed and scaled; a port of a pod is reached as kubectl reaches it.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import {
  ApiException,
  type KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  PortForward,
} from "@kubernetes/client-node";
import { loadKubeConfig } from "./kubeconfig.ts";

export type ObjectKind = { readonly apiVersion: string; readonly kind: string };

export type ClusterObject = ObjectKind & {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
};

export type Cluster = {
  /** Its address, and the context that led there: for messages. */
  readonly name: string;
  /** None where the kind is not there. `labels`: a label selector. @throws when refused or not answered */
  list(kind: ObjectKind, where?: { readonly namespace?: string; readonly labels?: string }): Promise<ClusterObject[]>;
  /** One that is gone already is no error. @throws when refused */
  remove(object: ClusterObject): Promise<void>;
  /** @throws when there is no such Deployment */
  scale(deployment: ClusterObject, replicas: number): Promise<void>;
  /** GET by a forwarded port, from the pod's own loopback. @throws when there is no answer in five seconds, or none with 200 */
  get(pod: ClusterObject, port: number, path: string): Promise<unknown>;
  /** For several requests to a port, as get does it for one. */
  forward(pod: ClusterObject, port: number): Promise<Forwarded>;
};

/** `close` ends what is under way too. */
export type Forwarded = { readonly url: string; readonly close: () => void };

export type Kubeconfig = { readonly kubeconfig?: string; readonly context?: string };

const fieldManager = "expedite-command";
const answerMillis = 5_000;

/** As kubectl finds it: the flag, KUBECONFIG, ~/.kube/config. @throws Error that names the file or context */
export function kubeConfigOf({ kubeconfig, context }: Kubeconfig): KubeConfig {
  const config = loadKubeConfig(kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new Error(
        `--context: there is no "${context}"; allowed: ${known.join(", ") || "none, the file has no context"}`,
      );
    config.setCurrentContext(context);
  }
  return config;
}

/** For messages: the context, and the server that it leads to. */
export const nameOfCluster = (config: KubeConfig): string =>
  `${config.getCurrentContext() || "default"} (${config.getCurrentCluster()?.server ?? "no server"})`;

/** @throws Error that names the file or context */
export function connect(options: Kubeconfig): Cluster {
  const config = kubeConfigOf(options);
  const api = KubernetesObjectApi.makeApiClient(config);
  return {
    name: nameOfCluster(config),
    list: async ({ apiVersion, kind }, { namespace, labels } = {}) => {
      // The answer's items carry no kind of their own.
      const items = await orNothing(api.list(apiVersion, kind, namespace, ...unset(4), labels));
      return (items?.items ?? []).map((item) => ({ ...item, apiVersion, kind }) as ClusterObject);
    },
    remove: async (object) => {
      await orNothing(api.delete(mutable(object), ...unset(4), "Background"));
    },
    scale: async ({ apiVersion, kind, metadata: { name, namespace } }, replicas) => {
      const patch = { apiVersion, kind, metadata: { name, namespace: namespace ?? "" }, spec: { replicas } };
      await api.patch(patch, ...unset(2), fieldManager, undefined, PatchStrategy.MergePatch);
    },
    get: (pod, port, path) => getForwarded(config, pod, port, path),
    forward: (pod, port) => forward(config, pod, port),
  };
}

/** Positional arguments that are left to their defaults. */
function unset(count: 2): [undefined, undefined];
function unset(count: 4): [undefined, undefined, undefined, undefined];
function unset(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined);
}

const mutable = ({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject) => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

/** Undefined: the object, or its whole kind, is not there. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    if (error instanceof Error && error.message.startsWith("Unrecognized API version and kind")) return undefined;
    throw error instanceof ApiException ? new Error(said(error)) : error;
  }
}

/** The API server's own sentence, in place of a dump of its answer. */
function said({ code, body }: ApiException<unknown>): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]?.replaceAll('\\"', '"');
  return `the API server answered ${code}: ${message ?? text.slice(0, 300)}`;
}

async function getForwarded(config: KubeConfig, pod: ClusterObject, port: number, path: string): Promise<unknown> {
  const forwarded = await forward(config, pod, port);
  try {
    const request = { signal: AbortSignal.timeout(answerMillis), headers: { connection: "close" } };
    const answer = await fetch(`${forwarded.url}${path}`, request);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return await answer.json();
  } finally {
    forwarded.close();
  }
}

async function forward(config: KubeConfig, { metadata }: ClusterObject, port: number): Promise<Forwarded> {
  const forwarding = new PortForward(config);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    forwarding
      .portForward(metadata.namespace ?? "default", metadata.name, [port], socket, null, socket)
      .then((tunnel) => {
        // It would stay open without the socket, and keep the process from ending.
        const end = (): void => (typeof tunnel === "function" ? tunnel() : tunnel)?.close();
        if (socket.destroyed) end();
        else socket.once("close", end);
      })
      .catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: local } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${local}`,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
