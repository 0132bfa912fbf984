// Sends load until it is stopped, started through the node's containerd so that it continues while the API server is down.
import { randomUUID } from "node:crypto";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { callerContainer, frontend } from "./bookinfo.ts";

export interface LoadResult {
  readonly requests: number;
  /** Requests without an answer, or with a status other than 200. */
  readonly failed: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  /**
   * Requests that the client itself repeated because a connection that it had kept was closed; with another client they would have failed.
   */
  readonly repeated: number;
  /** From the start of the first failed request to the end of the last; 0 if none failed. */
  readonly failedForMillis: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

export interface Load {
  /** Resolves once the requests in flight are answered. @throws when the load ended by itself or was killed */
  stop(): Promise<LoadResult>;
}

/** A time limit in seconds, longer than anything here takes. */
const longest = "600";

/**
 * Requests from a pod of the namespace jobs, over 4 connections, each of which sends its next request once the last is answered.
 * @param from a version of caller: n1 or n2
 */
export async function startLoad(cluster: Cluster, path: string, from: "n1" | "n2" = "n1"): Promise<Load> {
  const { node, id: container } = await callerContainer(cluster, from);
  const { ctr } = node;
  const id = `load-${randomUUID().slice(0, 8)}`;
  const command = ["/program", "load", `${frontend}${path}`, longest, "4"];
  const running = ctr(["tasks", "exec", "--exec-id", id, container, ...command]);
  running.catch(() => {}); // stop() reports it
  return {
    stop: async () => {
      await ctr(["tasks", "kill", "--exec-id", id, "--signal", "SIGTERM", container]);
      return JSON.parse(await running);
    },
  };
}

/** Results for each of the two levels. */
export interface Results {
  /** Requests of level batch. */
  readonly batch: LoadResult;
  /** Requests of the default level. */
  readonly others: LoadResult;
}

/**
 * Sends requests of both levels from both nodes while `fault` happens, and for a second before and after; prints one line with the numbers.
 * @throws whatever `fault` throws, after the load has ended
 */
export async function underLoad(cluster: Cluster, what: string, fault: () => Promise<unknown>): Promise<Results> {
  const loads = [await startLoad(cluster, "/export/all"), await startLoad(cluster, "/home", "n2")] as const;
  const second = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));
  const start = performance.now();
  let results: readonly [LoadResult, LoadResult];
  try {
    await second();
    await fault();
    await second();
  } finally {
    results = await Promise.all([loads[0].stop(), loads[1].stop()]);
    const seconds = Math.round((performance.now() - start) / 1000);
    const [batch, others] = results.map(
      ({ requests, failed, repeated, failedForMillis, p99Millis }) =>
        `${requests} requests, ${failed} failed${failed === 0 ? "" : ` within ${Math.round(failedForMillis)} ms`}, ${repeated} sent again by the client, p99 ${Math.round(p99Millis)} ms`,
    );
    console.log(`${what}: ${seconds} s; batch: ${batch}; default level: ${others}`);
    for (const error of new Set(results.flatMap(({ errors }) => errors))) console.log(`  ${error.trim()}`);
  }
  return { batch: results[0], others: results[1] };
}
