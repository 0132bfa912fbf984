// Writes the status of a node's PriorityNode when it differs from the last one that was written. Where the object is missing, it is created,
// owned by its Node.
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeStatus } from "../api/priority-node.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { applyType } from "./apply.ts";
import { apiVersionOf, collectionPath, objectPath, resources } from "./resources.ts";

export type NodeStatusWriterOptions = {
  readonly server: ApiServer;
  /** The Node's name. */
  readonly node: string;
  /** The Node's uid; undefined if the cluster has no such Node (any more). */
  readonly uid: () => string | undefined;
  /** Called with each failed write, which is retried. */
  readonly failed: (error: Error) => void;
  /** Milliseconds until a failed write is retried. */
  readonly retry?: number;
};

export type NodeStatusWriter = {
  /** Never throws: what can't be written now is written later, unless another status replaces it. */
  readonly write: (status: NodeStatus) => void;
  /** Resolves once no request is in progress. */
  readonly stop: () => Promise<void>;
};

const fieldManager = "expedite-agent";
/** Milliseconds for one request. */
const answer = 10_000;

export function nodeStatusWriter({
  server,
  node,
  uid,
  failed,
  retry = 5_000,
}: NodeStatusWriterOptions): NodeStatusWriter {
  const name = { apiVersion: apiVersionOf(resources.priorityNodes), kind: resources.priorityNodes.kind };
  const path = objectPath({ ...name, metadata: { name: node } });
  const ending = new AbortController();
  let wanted: NodeStatus | undefined;
  let written: string | undefined;
  let isRunning = false;
  let running: Promise<void> = Promise.resolve();
  const signal = (): AbortSignal => AbortSignal.any([ending.signal, AbortSignal.timeout(answer)]);

  const patch = async (status: NodeStatus): Promise<void> => {
    await server.read({
      method: "PATCH",
      path: `${path}/status?fieldManager=${fieldManager}&force=true`,
      body: { ...name, metadata: { name: node }, status },
      contentType: applyType,
      signal: signal(),
    });
  };
  const create = async (owner: string): Promise<void> => {
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: node, uid: owner }];
    const body = { ...name, metadata: { name: node, ownerReferences } };
    await server.read({ method: "POST", path: collectionPath(resources.priorityNodes), body, signal: signal() });
  };
  /** A patch comes first, because the object is missing once in a node's life. */
  const send = async (status: NodeStatus): Promise<void> => {
    try {
      await patch(status);
    } catch (error) {
      const owner = uid();
      if (!(error instanceof ApiError) || error.status !== 404 || owner === undefined) throw error;
      await create(owner);
      await patch(status);
    }
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (wanted !== undefined && !ending.signal.aborted) {
      const status = wanted;
      // A Node that was created again has an object of its own.
      const text = JSON.stringify([uid(), status]);
      if (text === written) break;
      try {
        await send(status);
        written = text;
      } catch (error) {
        if (ending.signal.aborted) break;
        failed(error as Error);
        await sleep(retry, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
    isRunning = false;
  };
  return {
    write: (status) => {
      wanted = status;
      if (!isRunning) running = run();
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
