// The ladders of the bench, and whether every pod's namespace is as they say.
import assert from "node:assert/strict";
import pLimit from "p-limit";
import { podLink, uplink } from "../agent-node.ts";
import type { AgentPod } from "../agent-pods.ts";

/**
 * `marks`: the node's uplink is ordered, and pods are marked. `links`: each pod has a link of its own too. `scavenger`: as marks, and the
 * connections of batch have the scavenger, in each pod.
 */
export const arms = ["marks", "links", "scavenger"] as const;
export type Arm = (typeof arms)[number];

type Ladder = {
  readonly mode: "Enforce" | "Observe";
  readonly levels: readonly {
    readonly name: string;
    readonly dscp?: string;
    readonly minShare?: string;
    readonly congestionControl?: "scavenger";
  }[];
  readonly defaultLevel: string;
  readonly links: readonly { readonly name: string; readonly scope: string; readonly rate: string }[];
};

export const firstLadder = (arm: Arm): Ladder => ladder(arm, { dscp: "CS1", minShare: "5%", rate: "100Mbit" });

/** Differs in everything that can be changed in a pod. */
export const otherLadder = (arm: Arm): Ladder => ladder(arm, { dscp: "LE", minShare: "10%", rate: "200Mbit" });

/** Wants nothing of the node. */
export const observedLadder = (arm: Arm): Ladder => ({ ...firstLadder(arm), mode: "Observe" });

function ladder(arm: Arm, { dscp, minShare, rate }: Readonly<Record<"dscp" | "minShare" | "rate", string>>): Ladder {
  return {
    mode: "Enforce",
    levels: [
      { name: "interactive" },
      { name: "batch", dscp, minShare, ...(arm === "scavenger" ? { congestionControl: "scavenger" } : {}) },
    ],
    defaultLevel: "interactive",
    links: [uplink, ...(arm === "links" ? [{ ...podLink, rate }] : [])],
  };
}

/** @throws AssertionError for a pod that differs */
export async function check({ mode, levels, links }: Ladder, pods: readonly AgentPod[]): Promise<void> {
  const isEnforced = mode === "Enforce";
  const rate = links.find(({ scope }) => scope === "Pod")?.rate;
  const { dscp, congestionControl } = levels[1]!;
  const mark = dscp === "CS1" ? "cs1" : "lephb";
  await pLimit(4).map(pods, async ({ name, run }, index) => {
    const rules = await run("nft", ["list", "ruleset"]);
    const queue = await run("tc", ["class", "show", "dev", "eth0"]);
    assert.equal(rules.includes(`ip dscp set ${mark}`), isEnforced && index % 2 === 1, name);
    assert.equal(rules.includes("chain from-pod"), isEnforced, name);
    assert.equal(rules.includes("chain yields"), isEnforced && congestionControl !== undefined, name);
    assert.equal(/class htb 7a1:1 root rate (\S+) /.exec(queue)?.[1], isEnforced ? rate : undefined, name);
    const reflect = await run("cat", ["/proc/sys/net/ipv4/tcp_reflect_tos"]);
    assert.equal(reflect.trim(), isEnforced ? "1" : "0", name);
  });
}
