// The agent's program is killed at random moments, and replaced while packets flow: the next one repairs, nothing is left in the end, and no
// packet goes unmarked.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { random } from "../../e2e/measure/random.ts";
import { followed, ladderSpec, nodeState, putLadder, putNodeAndPods, reported } from "../test/agent-cluster.ts";
import { podLink, uplink } from "../test/agent-node.ts";
import { programNode } from "../test/agent-program.ts";
import { shippedAgent } from "../test/agent-shipped.ts";
import { withoutNamespaces } from "../test/veth-pair.ts";
import type { Run } from "./node/namespace.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("kill", { ...(await shippedAgent()), hasAccount: true }) : undefined;
after(() => node?.remove());

const off = ladderSpec({ mode: "Observe" });
const right = ladderSpec();
const other = ladderSpec({
  levels: [{ name: "interactive" }, { name: "batch", dscp: "LE", minShare: "10%" }],
  links: [{ ...podLink, rate: "200Mbit" }, uplink],
});
const variants = [right, other, off];
let generation = 0;

/** Starts an agent, which has to bring the node to the ladder, and returns the node's state and how long it took. */
async function bring(ladder: object): Promise<{ readonly state: string; readonly millis: number }> {
  const start = performance.now();
  putLadder(node!, ladder, ++generation);
  const agent = node!.start();
  await followed(node!, generation);
  const millis = performance.now() - start;
  await agent.end();
  return { state: await nodeState(node!), millis };
}

test("killed at 50 random moments, the next start repairs the node", { skip }, async () => {
  const seed = 20_261_129;
  const next = random(seed);
  const before = await nodeState(node!);
  putNodeAndPods(node!);
  const expected = new Map<object, string>();
  let longest = 0;
  for (const variant of variants) {
    const { state, millis } = await bring(variant);
    expected.set(variant, state);
    longest = Math.max(longest, millis);
  }
  assert.equal(expected.get(off), before);
  assert.equal(new Set(expected.values()).size, 3);

  const moments = { before: 0, after: 0 };
  for (let kill = 1; kill <= 50; kill++) {
    const variant = variants[Math.floor(next() * variants.length)]!;
    putLadder(node!, variant, ++generation);
    const agent = node!.start();
    await sleep(next() * longest * 1.2);
    await agent.end("SIGKILL");
    const isFollowed = reported(node!)?.observedGeneration === generation;
    moments[isFollowed ? "after" : "before"]++;
    if (kill % 10 !== 0) continue;
    const repaired = variants[Math.floor(next() * variants.length)]!;
    assert.equal((await bring(repaired)).state, expected.get(repaired), `seed ${seed}, after kill ${kill}`);
  }
  assert.equal((await bring(off)).state, before);
  // Most of them came while something was changed, or before.
  assert.ok(moments.before >= 10 && moments.after >= 1, JSON.stringify(moments));
});

const peer = fileURLToPath(new URL("../test/tcp-peer.mjs", import.meta.url));

/** Counts TCP packets that arrive without the DSCP of batch. */
async function probe(run: Run): Promise<() => Promise<number>> {
  const rules = ["ip", "ip6"].map((family) => `add rule inet probe seen tcp sport 9000 ${family} dscp != cs1 counter`);
  const chain = "add chain inet probe seen { type filter hook prerouting priority -300; }";
  await run("nft", ["-f", "-"], ["add table inet probe", chain, ...rules, ""].join("\n"));
  return async () => {
    const text = await run("nft", ["list", "table", "inet", "probe"]);
    return [...text.matchAll(/counter packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  };
}

test("while one agent replaces another, by SIGTERM or SIGKILL, every packet keeps its mark and its class", {
  skip,
}, async () => {
  const { pair, start } = node!;
  putLadder(node!, right, ++generation);
  let agent = start();
  await followed(node!, generation);
  const unmarked = await probe(pair.left);
  const queue = () => pair.right("tc", ["-s", "class", "show", "dev", "eth0", "classid", "7a1:10"]);
  const rules = () => pair.right("nft", ["-a", "list", "table", "inet", "expedite"]);
  const [before, rulesBefore] = [await queue(), await rules()];
  const server = spawn("nsenter", [
    `--net=/run/netns/${pair.rightName}`,
    process.execPath,
    peer,
    "serve",
    "9000",
    "200000",
  ]);
  await once(server.stdout, "data");
  let received = 0;
  let isOver = false;
  const traffic = (async () => {
    while (!isOver)
      for (const host of ["10.99.0.2", "fd99::2"])
        received += Number(await pair.left(process.execPath, [peer, "fetch", host, "9000"]));
  })();
  try {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const second = start();
      await second.logged("another agent holds the node: waiting until it ends");
      await agent.end(signal);
      agent = second;
      putLadder(node!, right, ++generation);
      await followed(node!, generation);
    }
  } finally {
    isOver = true;
    await traffic;
    server.kill();
  }
  assert.ok(received > 0);
  assert.equal(await unmarked(), 0);
  // Nothing was written anew: rules have the handles that they had, and the class counts on.
  assert.equal(await rules(), rulesBefore);
  const [bytesBefore, bytes] = [before, await queue()].map((text) => Number(/Sent (\d+) bytes/.exec(text)?.[1]));
  assert.ok(
    bytes! - bytesBefore! < 5_000,
    `${bytes! - bytesBefore!} bytes of ${received} in the class of unmarked packets`,
  );
  await pair.left("nft", ["delete", "table", "inet", "probe"]);
  putLadder(node!, off, ++generation);
  await followed(node!, generation);
  await agent.end();
});
