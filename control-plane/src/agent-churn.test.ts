// A hundred pods come and go while the agent runs: those that stay are untouched, and nothing is left of the others.
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { after, test } from "node:test";
import pLimit from "p-limit";
import { childrenOf } from "../../e2e/control-plane-bench/measure/process.ts";
import { random } from "../../e2e/measure/random.ts";
import { followed, ladderSpec, nodeState, putLadder, putNodeAndPods, reported, until } from "../test/agent-cluster.ts";
import { addPod, removePod } from "../test/agent-pods.ts";
import { programNode } from "../test/agent-program.ts";
import { withoutNamespaces } from "../test/veth-pair.ts";
import { namespaces } from "./node/namespace.ts";

const skip = await withoutNamespaces();
const node = skip === false ? await programNode("churn") : undefined;
after(() => node?.remove());

/** Network namespaces in which processes are. */
function occupied(): readonly string[] {
  const found = readdirSync("/proc").flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readlinkSync(`/proc/${name}/ns/net`)] : [];
    } catch {
      // It has ended.
      return [];
    }
  });
  return [...new Set(found)].sort();
}

test("of a hundred pods that come and go nothing is left, and the others stay as they are", { skip }, async () => {
  const seed = 7;
  const next = random(seed);
  const untouched = await nodeState(node!);
  putNodeAndPods(node!);
  putLadder(node!, ladderSpec(), 1);
  const agent = node!.start();
  await followed(node!, 1);
  const [state, places, known] = [await nodeState(node!), occupied(), namespaces()];

  let marked = 0;
  await pLimit(5).map(Array.from({ length: 100 }).keys(), async (index) => {
    const [isAwaited, isObjectFirst] = [next() < 0.3, next() < 0.5];
    const { run } = await addPod(node!, index);
    // The others go at any moment.
    if (isAwaited) {
      await until(
        () => run("tc", ["class", "show", "dev", "eth0"]),
        (classes) => classes.includes("htb 7a1:20"),
      );
      marked++;
    }
    await removePod(node!, index, isObjectFirst);
  });
  assert.ok(marked > 10);
  await until(
    async () => reported(node!),
    (report) => report?.activeLinks === 3 && report.inactiveLinks === 0 && report.markedPods === 1,
  );
  assert.equal(
    await until(
      () => nodeState(node!),
      (found) => found === state,
    ),
    state,
  );
  assert.deepEqual(namespaces(), known);
  await until(
    async () => occupied(),
    (found) => JSON.stringify(found) === JSON.stringify(places),
  );
  assert.equal(childrenOf(agent.process.pid!).length, 2, "the two monitors of kernel events");
  assert.deepEqual(
    agent.log().filter(({ level }) => level === "error"),
    [],
  );

  putLadder(node!, ladderSpec({ mode: "Observe" }), 2);
  await followed(node!, 2);
  assert.equal(await nodeState(node!), untouched);
  await agent.end();
});
