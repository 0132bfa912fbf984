// The objects that the agent of a test node reads, and what it reports and sets up because of them.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeStatus } from "../src/api/priority-node.ts";
import { kernelState, podLink, uplink } from "./agent-node.ts";
import { nodeName, type ProgramNode } from "./agent-program.ts";

export const ladders = "/apis/expedite.dev/v1alpha1/priorityladders";
const priorityNodes = "/apis/expedite.dev/v1alpha1/prioritynodes";
const levels = [{ name: "interactive" }, { name: "batch", dscp: "CS1" }];

export const ladderSpec = (spec: object = {}): object => ({
  ...{ levels, defaultLevel: "interactive", mode: "Enforce", links: [podLink, uplink] },
  ...spec,
});

/** The Node, and the pods of agentNode: a/db-0, and b/db-0 with the level batch. */
export function putNodeAndPods({ api }: ProgramNode): void {
  api.put("/api/v1/nodes", { metadata: { name: nodeName, labels: { pool: "general" } } });
  for (const [namespace, last, labels] of [
    ["a", 1, { app: "db" }],
    ["b", 2, { app: "db", "expedite.dev/level": "batch" }],
  ] as const)
    api.put("/api/v1/pods", {
      metadata: { name: "db-0", namespace, labels },
      spec: { nodeName },
      status: {
        podIP: `10.99.0.${last}`,
        podIPs: [{ ip: `10.99.0.${last}` }, { ip: `fd99::${last}` }],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
}

export function putLadder({ api }: ProgramNode, spec: object, generation: number): void {
  api.put(ladders, { metadata: { name: "default", generation }, spec });
}

export function reported({ api }: ProgramNode): NodeStatus | undefined {
  return api.get(priorityNodes, nodeName)?.status as NodeStatus | undefined;
}

/** Resolves once the agent has reported that the node follows this generation of the ladder. */
export async function followed(node: ProgramNode, generation: number): Promise<void> {
  await until(
    async () => reported(node)?.observedGeneration,
    (observed) => observed === generation,
  );
}

/** Everything that the agent can change in the host's namespace and in those of agentNode's pods. */
export async function nodeState({ host, pair }: ProgramNode): Promise<string> {
  return (await Promise.all([host, pair.left, pair.right].map(kernelState))).join("\n---\n");
}

export async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + 60_000; ; ) {
    const value = await read();
    if (isRight(value)) return value;
    assert.ok(Date.now() < end, `still ${JSON.stringify(value)}`);
    await sleep(20);
  }
}
