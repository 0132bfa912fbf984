// A policy's life under load: how soon it works, what the packets carry, and that nothing of it is left when it is gone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { obstacle } from "../kubernetes/build/requirements.ts";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import { waitUntil } from "../process/wait.ts";
import { levelsOf, startBookinfo, visit } from "./bookinfo.ts";
import { configurations } from "./config-dump.ts";
import { controllerLog, startController, waitForCondition } from "./controller.ts";
import { countDscp } from "./dscp.ts";
import { assertUntouched, type Foreign, foreignObjects } from "./foreign.ts";
import { startLoad } from "./load.ts";
import { ladder, policy } from "./policies.ts";
import { reflectDscp } from "./reflection.ts";

const namespaces = ["bookinfo", "jobs"];
const name = ["prio", "exports", "bookinfo"] as const;

describe("a policy's life", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  let foreign: Foreign;
  let untouched: ReadonlyMap<string, string>;
  const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "-f", "-"], text);
  const programmed = () => waitForCondition(cluster.kubectl, name, "Programmed", "True", 30);

  before(async () => {
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    foreign = await foreignObjects(cluster.kubectl);
    await startController(cluster.kubectl);
    untouched = await configurations(cluster.kubectl, namespaces);
  });
  after(() => cluster?.stop());

  /** Until the status of this very generation says so: later than the last acknowledgement by the look of the controller. */
  async function millisUntilProgrammed(text: string): Promise<number> {
    const start = performance.now();
    const { metadata } = JSON.parse(await cluster.kubectl(["apply", "-o", "json", "-f", "-"], text));
    await waitUntil({ what: "the change is programmed", seconds: 20, detail: () => text }, async () => {
      const { status } = JSON.parse(await cluster.kubectl(["-n", "bookinfo", "get", "prio", "exports", "-o", "json"]));
      const conditions: readonly { type: string; status: string; observedGeneration: number }[] =
        status?.conditions ?? [];
      return conditions.some(
        (one) => one.type === "Programmed" && one.status === "True" && one.observedGeneration === metadata.generation,
      );
    });
    return performance.now() - start;
  }

  test("from kubectl apply until the last of the proxies has it, ten times: the figure is printed", async () => {
    await apply(ladder("Enforce"));
    const times: number[] = [await millisUntilProgrammed(policy("/export"))];
    for (let index = 1; index < 10; index++) times.push(await millisUntilProgrammed(policy(`/export${index}`)));
    const median = times.toSorted((a, b) => a - b)[5]!;
    console.log(`apply to programmed, ms: ${times.map(Math.round).join(" ")}; median ${Math.round(median)}`);
    // The aim is two seconds; a machine that is busy with other things gets more.
    assert.ok(median < 6_000, `${median} ms`);
    await apply(policy("/export"));
    await programmed();
  });

  test("packets between the nodes carry the level's DSCP, requests and responses, and others none", async () => {
    await apply(ladder("Enforce"));
    // A connection answers with the mark of its SYN if it was accepted after this: so the level's have to be new.
    await cluster.kubectl(["delete", "prio", "exports", "-n", "bookinfo", "--ignore-not-found"]);
    await sleep(3_000);
    for (const node of cluster.nodes) await reflectDscp(node);
    await apply(policy("/export"));
    await programmed();
    await waitUntil({ what: "the filter classifies", seconds: 10 }, async () => {
      for (let index = 0; index < 10; index++) {
        const seen = Object.values(levelsOf(await visit(cluster.kubectl, "/export/all")));
        if (seen.some((level) => level !== "batch")) return false;
      }
      return true;
    });
    // The last acknowledgements of those requests are the level's packets as well.
    await sleep(1_000);
    const counters = await Promise.all(
      cluster.nodes.flatMap((node) =>
        (["requests", "responses"] as const).map(async (direction) => ({
          name: `${direction} of ${node.name}`,
          ...(await countDscp(node, "cs1", direction)),
        })),
      ),
    );
    /** Of forty requests, each of which is answered over both nodes, node 2 sends some on to node 1 as well. */
    const after = async (path: string): Promise<Readonly<Record<string, number>>> => {
      for (let index = 0; index < 40; index++) await visit(cluster.kubectl, path);
      return Object.fromEntries(await Promise.all(counters.map(async ({ name, read }) => [name, await read()])));
    };
    const unmarked = await after("/home");
    const marked = await after("/export/all");
    for (const { stop } of counters) await stop();
    console.log(
      `packets with CS1 at the uplinks, IPv4: /home ${JSON.stringify(unmarked)}, /export ${JSON.stringify(marked)}`,
    );
    assert.deepEqual([...new Set(Object.values(unmarked))], [0]);
    for (const [name, packets] of Object.entries(marked)) assert.ok(packets > 0, `${packets} packets: ${name}`);
  });

  test("twenty times applied, changed and deleted under load: no request fails", async () => {
    const loads = [await startLoad(cluster, "/export/all", "n1"), await startLoad(cluster, "/export/all", "n2")];
    const start = performance.now();
    let cycles = 0;
    for (; cycles < 20; cycles++) {
      await apply(policy("/export"));
      await sleep(1_500);
      await apply(policy("/exports"));
      await sleep(1_000);
      await cluster.kubectl(["delete", "prio", "exports", "-n", "bookinfo"]);
      await sleep(1_500);
    }
    const seconds = (performance.now() - start) / 1000;
    const results = await Promise.all(loads.map((load) => load.stop()));
    console.log(`${cycles} cycles in ${Math.round(seconds)} s: ${JSON.stringify(results)}`);
    for (const { failed, errors } of results)
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(cluster.kubectl)}`);
  });

  test("a ladder that is switched off leaves every proxy as it was", async () => {
    await apply(policy("/export"));
    await programmed();
    await apply(ladder("Disabled"));
    await waitUntil({ what: "every proxy is as it was, and has drained its listeners", seconds: 100 }, async () => {
      const now = await configurations(cluster.kubectl, namespaces);
      for (const [pod, text] of untouched)
        assert.ok(now.get(pod) === text, `${pod} differs: ${difference(text, now.get(pod) ?? "")}`);
      return true;
    });
    const left = await cluster.kubectl([
      "get",
      "envoyfilters,destinationrules",
      "-A",
      "-l",
      "app.kubernetes.io/managed-by=expedite",
      "-o",
      "name",
    ]);
    assert.equal(left, "");
  });

  test("no object of a user's was changed by us", () => assertUntouched(cluster.kubectl, foreign));
});

function difference(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at] && at < a.length) at++;
  return `…${a.slice(Math.max(0, at - 80), at + 160)}… ≠ …${b.slice(Math.max(0, at - 80), at + 160)}…`;
}
