// Sends load at a fixed rate from a pod of the namespace jobs, started through the node's containerd, and reports every request with its
// answer.
import { randomUUID } from "node:crypto";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { callerContainer } from "./bookinfo.ts";

export interface Answered {
  /** When the request started, in milliseconds since 1970. */
  readonly start: number;
  readonly tookMillis: number;
  /** 0 if there was no answer. */
  readonly status: number;
  /** The Deployments that the request met, each with the path that it saw: `reviews-v1 /reviews, ratings-v2 /ratings` (app/rate.go). */
  readonly met: string;
}

export interface Recorded {
  readonly requests: readonly Answered[];
  /** The first few errors: requests without an answer, or with a status other than 200. */
  readonly errors: readonly string[];
  /** Requests that the client itself repeated, because a connection that it had kept was closed. */
  readonly repeated: number;
}

export interface FixedRate {
  readonly url: string;
  readonly perSecond: number;
  /** As `NAME: VALUE`. */
  readonly headers?: readonly string[];
  /** The node of the caller. Default: n1. */
  readonly from?: "n1" | "n2";
}

/** A time limit in seconds, longer than anything here takes. */
const longest = "600";

interface RunningLoad {
  /** Resolves once the requests in flight are answered. @throws when the load ended by itself or was killed */
  stop(): Promise<Recorded>;
}

async function startFixedRate(cluster: Cluster, load: FixedRate): Promise<RunningLoad> {
  const { url, perSecond, headers = [], from = "n1" } = load;
  const { node, id: container } = await callerContainer(cluster, from);
  const id = `rate-${randomUUID().slice(0, 8)}`;
  const command = ["/program", "rate", url, longest, `${perSecond}`, ...headers];
  const running = node.ctr(["tasks", "exec", "--exec-id", id, container, ...command]);
  running.catch(() => {}); // stop() reports it
  return {
    stop: async () => {
      await node.ctr(["tasks", "kill", "--exec-id", id, "--signal", "SIGTERM", container]);
      return recordedOf(JSON.parse(await running));
    },
  };
}

/** Some twenty requests within half a second, or fewer on a busy machine. @throws when there were fewer than ten */
export async function sendSome(
  cluster: Cluster,
  { url, headers = [] }: Omit<FixedRate, "perSecond">,
): Promise<Recorded> {
  const { node, id: container } = await callerContainer(cluster, "n1");
  const id = `some-${randomUUID().slice(0, 8)}`;
  const command = ["/program", "rate", url, "0.5", "40", ...headers];
  const recorded = recordedOf(JSON.parse(await node.ctr(["tasks", "exec", "--exec-id", id, container, ...command])));
  if (recorded.requests.length < 10) throw new Error(`only ${recorded.requests.length} requests were sent`);
  return recorded;
}

interface Raw {
  readonly requests: readonly (readonly [start: number, took: number, status: number, name: number])[];
  readonly names: readonly string[];
  readonly errors: readonly string[];
  readonly repeated: number;
}

function recordedOf({ requests, names, errors, repeated }: Raw): Recorded {
  return {
    requests: requests
      .map(([start, took, status, name]) => ({ start, tookMillis: took / 1000, status, met: names[name]! }))
      .sort((a, b) => a.start - b.start),
    errors,
    repeated,
  };
}

/** Runs loads, by name, while `work` runs; they are stopped even when it throws. */
export async function whileLoaded<Name extends string>(
  cluster: Cluster,
  loads: Readonly<Record<Name, FixedRate>>,
  work: () => Promise<unknown>,
): Promise<Readonly<Record<Name, Recorded>>> {
  const names = Object.keys(loads) as Name[];
  const running = await Promise.all(names.map((name) => startFixedRate(cluster, loads[name])));
  let results: readonly Recorded[] = [];
  try {
    await work();
  } finally {
    results = await Promise.all(running.map((load) => load.stop()));
  }
  return Object.fromEntries(names.map((name, index) => [name, results[index]!])) as Record<Name, Recorded>;
}

export const failures = ({ requests }: Recorded): readonly Answered[] =>
  requests.filter(({ status }) => status !== 200);
