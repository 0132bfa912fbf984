// Somebody changes on the node what the agent has set: each difference is repaired, at once where the kernel tells of it, else when the
// namespace is read next.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { followed, ladderSpec, nodeState, putLadder, putNodeAndPods } from "../test/agent-cluster.ts";
import { programNode, type RunningAgent } from "../test/agent-program.ts";
import { scavengerCopy, withoutStructOps } from "../test/scavenger-object.ts";
import { withoutNamespaces } from "../test/veth-pair.ts";
import { inNamespace, type Run } from "./node/namespace.ts";
import { removeScavenger } from "./node/scavenger.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("drift") : undefined;
const copy = scavengerCopy();
const object = copy.object("0000d");
const withoutScavenger = skip === false ? await withoutStructOps(object) : skip;
after(async () => {
  if (withoutScavenger === false) await removeScavenger(inNamespace(undefined)!, object);
  copy.remove();
  await node?.remove();
});

const levels = [{ name: "interactive" }, { name: "batch", dscp: "CS1", congestionControl: "scavenger" }];
let generation = 0;

/** With the classes. Without what sysctls were before Expedite, which goes with the table that records it (ADR 0029). */
async function state(): Promise<string> {
  const { host, pair } = node!;
  const all = [host, pair.left, pair.right];
  const devices = await Promise.all(
    all.map((run, index) => run("tc", ["class", "show", "dev", index === 0 ? "up0" : "eth0"])),
  );
  return [await nodeState(node!), ...devices].join("\n---\n").replace(/(tcp_\w+ was )\d/g, "$1?");
}

type Change = readonly [what: string, run: () => Run, command: string, ...args: string[]];

/** Waits until the agent has repaired each change. @returns the longest time that one took, in seconds */
async function repaired(agent: RunningAgent, changes: readonly Change[]): Promise<number> {
  const right = await state();
  let longest = 0;
  for (const [what, run, command, ...args] of changes) {
    const [since, start] = [agent.log().length, performance.now()];
    await run()(command, args);
    await agent.logged("changed", since).catch((error) => assert.fail(`${what} is not repaired: ${error}`));
    longest = Math.max(longest, (performance.now() - start) / 1000);
    let found = await state();
    for (let tries = 0; found !== right && tries < 20; tries++) {
      await sleep(100);
      found = await state();
    }
    assert.ok(found === right, `${what} is repaired in part: ${found}`);
  }
  return longest;
}

const host = (): Run => node!.host;
const [podA, podB] = [(): Run => node!.pair.left, (): Run => node!.pair.right];

test("what the kernel tells of is repaired long before the node would be searched", { skip }, async (context) => {
  putNodeAndPods(node!);
  putLadder(node!, ladderSpec({ levels }), ++generation);
  const agent = node!.start(["--interval", "3600", "--scavenger", object]);
  await followed(node!, generation);
  const longest = await repaired(agent, [
    ["a deleted root", host, "tc", "qdisc", "delete", "dev", "up0", "root"],
    ["a deleted class", host, "tc", "class", "delete", "dev", "up0", "classid", "7a1:20"],
    ["another leaf", host, "tc", "qdisc", "replace", "dev", "up0", "parent", "7a1:20", "pfifo", "limit", "7"],
    [
      "another rate",
      host,
      ...["tc", "class", "change", "dev", "up0", "parent", "7a1:1", "classid", "7a1:20"],
      ...["htb", "rate", "9mbit", "ceil", "9mbit", "prio", "7"],
    ] as unknown as Change,
  ]);
  context.diagnostic(`repaired within ${longest.toFixed(2)} s`);
  await agent.end();
});

test("everything else is repaired when its namespace is read next, on the host and in each pod", {
  skip,
}, async (context) => {
  const agent = node!.start(["--interval", "1", "--scavenger", object]);
  await agent.get("/readyz");
  // What was in order is read once more after a start.
  await sleep(2_000);
  const routes: readonly Change[] = [
    ["a deleted rule", podB, "ip", "rule", "delete", "table", "1953"],
    ["deleted routes", podB, "ip", "route", "flush", "table", "1953"],
  ];
  const longest = await repaired(agent, [
    ["the host's deleted table", host, "nft", "delete", "table", "inet", "expedite"],
    ["the host's emptied table", host, "nft", "flush", "table", "inet", "expedite"],
    ["the host's sysctl", host, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/tcp_reflect_tos"],
    ["a pod's flushed rules", podA, "nft", "flush", "ruleset"],
    ["a pod's deleted root", podA, "tc", "qdisc", "delete", "dev", "eth0", "root"],
    ["a pod's deleted table", podB, "nft", "delete", "table", "inet", "expedite"],
    ["a pod's sysctl", podB, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/tcp_reflect_tos"],
    ["a pod's deleted class", podB, "tc", "class", "delete", "dev", "eth0", "classid", "7a1:20"],
    ...(withoutScavenger === false ? routes : []),
  ]);
  context.diagnostic(`repaired within ${longest.toFixed(2)} s, searched each second`);
  await agent.end();
});
