// A cluster as an administrator's command uses it: lists, removes and scales objects, and reaches a pod's port.
import { ApiError, type ApiServer, apiServer } from "./api-server.ts";
import { connectionOf, type Kubeconfig, loadKubeConfig, nameOfCluster } from "./kubeconfig.ts";
import { listAll } from "./list.ts";
import { type Forwarded, forwardPort } from "./port-forward.ts";
import { apiVersionOf, collectionPath, type GroupVersionKind, objectPath, type Resource } from "./resources.ts";

export type ClusterObject = GroupVersionKind & {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
};

export type Cluster = {
  /** For messages: the context and the server's address. */
  readonly name: string;
  /** Empty if the cluster does not have the kind. `labels`: a label selector. @throws when refused or not answered */
  list(
    resource: Resource,
    where?: { readonly namespace?: string; readonly labels?: string },
  ): Promise<readonly ClusterObject[]>;
  /** An object that is already gone is no error. @throws when refused */
  remove(object: ClusterObject): Promise<void>;
  /** Null removes an annotation. @throws when there is no such object */
  annotate(object: ClusterObject, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  /** @throws when there is no such Deployment */
  scale(deployment: ClusterObject, replicas: number): Promise<void>;
  /** Sends a GET through a forwarded port, from the pod's own loopback. @throws when there is no 200 response within five seconds */
  get(pod: ClusterObject, port: number, path: string): Promise<unknown>;
  /** For several requests to one port. */
  forward(pod: ClusterObject, port: number): Promise<Forwarded>;
};

/** `server`: for all other requests. */
export type ConnectedCluster = Cluster & { readonly server: ApiServer };

const fieldManager = "expedite-command";
const requestMillis = 30_000;
const answerMillis = 5_000;
const pageSize = 500;

/** @throws Error with the file or context */
export function connect(options: Kubeconfig): ConnectedCluster {
  const config = loadKubeConfig(options);
  const name = nameOfCluster(config);
  const server = named(apiServer(connectionOf(config)), name);
  const signal = (): AbortSignal => AbortSignal.timeout(requestMillis);
  const merge = async (object: ClusterObject, body: unknown): Promise<void> => {
    const path = `${objectPath(object)}?fieldManager=${fieldManager}`;
    const contentType = "application/merge-patch+json";
    await server.read({ method: "PATCH", path, body, contentType, signal: signal() });
  };
  const forward: Cluster["forward"] = ({ metadata: { namespace = "default", name } }, port) =>
    forwardPort(config, { namespace, pod: name, port });
  return {
    name,
    server,
    list: async (resource, { namespace, labels: labelSelector } = {}) => {
      const path = collectionPath(resource, namespace);
      const items = await orNothing(listAll<ClusterObject>({ server, path, labelSelector, limit: pageSize, signal }));
      // The items of a list do not contain their kind.
      const { kind } = resource;
      return (items ?? []).map((item) => ({ ...item, apiVersion: apiVersionOf(resource), kind }));
    },
    remove: async (object) => {
      const body = { propagationPolicy: "Background" };
      await orNothing(server.read({ method: "DELETE", path: objectPath(object), body, signal: signal() }));
    },
    annotate: (object, annotations) => merge(object, { metadata: { annotations } }),
    scale: (deployment, replicas) => merge(deployment, { spec: { replicas } }),
    get: async (pod, port, path) => {
      const forwarded = await forward(pod, port);
      try {
        const request = { signal: AbortSignal.timeout(answerMillis), headers: { connection: "close" } };
        const answer = await fetch(`${forwarded.url}${path}`, request);
        if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
        return await answer.json();
      } finally {
        forwarded.close();
      }
    },
    forward,
  };
}

/** Node's own errors say only which address refused, which may be that of another cluster than the reader thinks. */
function named(server: ApiServer, name: string): ApiServer {
  const fail = (error: Error): never => {
    if (error instanceof ApiError) throw error;
    throw new Error(`cluster ${name}: ${error.message}`, { cause: error });
  };
  return { open: (request) => server.open(request).catch(fail), read: (request) => server.read(request).catch(fail) };
}

/** Undefined if the object, or its whole kind, does not exist. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
