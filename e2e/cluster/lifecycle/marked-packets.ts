// Counts in the kernel what packets between the nodes carry while a policy is in force.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { waitUntil } from "../../process/wait.ts";
import { frontend, levelsOf, visit } from "../bookinfo.ts";
import { countDscp } from "../dscp.ts";
import { failures, whileLoaded } from "../fixed-rate.ts";
import { levelClusters } from "../proxy.ts";
import { reflectDscp } from "../reflection.ts";

/** @param enforce creates the policy that gives requests for /export level batch, and resolves once all proxies have it */
export function markedPackets(cluster: () => Cluster, enforce: () => Promise<unknown>): void {
  test("packets between the nodes carry the level's DSCP, in requests and responses, and other packets carry none", async () => {
    const { kubectl, nodes } = cluster();
    // A connection answers with the DSCP of its SYN only if it was accepted after this, so the level's connections have to be new.
    await kubectl(["delete", "prio", "exports", "-n", "bookinfo", "--ignore-not-found"]);
    for (const target of ["deployment/frontend", "deployment/reviews-v1", "deployment/reviews-v2"])
      await waitUntil({ what: `${target} has no connections of a level`, seconds: 30 }, async () => {
        const clusters = await levelClusters(kubectl, { namespace: "bookinfo", target });
        return clusters.length === 0;
      });
    for (const node of nodes) await reflectDscp(node);
    await enforce();
    await waitUntil({ what: "the filter classifies", seconds: 15 }, async () => {
      for (let index = 0; index < 10; index++) {
        const seen = Object.values(levelsOf(await visit(kubectl, "/export/all")));
        if (seen.some((level) => level !== "batch")) return false;
      }
      return true;
    });
    const counters = await Promise.all(
      nodes.flatMap((node) =>
        (["requests", "responses"] as const).map(async (direction) => ({
          name: `${direction} of ${node.name}`,
          ...(await countDscp(node, { dscp: "cs1", direction })),
        })),
      ),
    );
    const counted = async (): Promise<Readonly<Record<string, number>>> =>
      Object.fromEntries(await Promise.all(counters.map(async ({ name, read }) => [name, await read()])));
    /** Sends some forty requests. Both nodes take part in each answer, and node 2 also sends some requests on to node 1. */
    const during = async (path: string): Promise<Readonly<Record<string, number>>> => {
      const before = await counted();
      const load = { url: `${frontend}${path}`, perSecond: 20 };
      const { all } = await whileLoaded(cluster(), { all: load }, () => sleep(2_000));
      assert.deepEqual([failures(all), all.requests.length > 10], [[], true]);
      return Object.fromEntries(Object.entries(await counted()).map(([name, now]) => [name, now - before[name]!]));
    };
    // The last acknowledgements of earlier requests carry the level's DSCP as well.
    await waitUntil({ what: "no packet of the level is in flight", seconds: 30 }, async () => {
      const before = await counted();
      await sleep(1_000);
      return isDeepStrictEqual(await counted(), before);
    });
    const unmarked = await during("/home");
    const marked = await during("/export/all");
    for (const { stop } of counters) await stop();
    console.log(
      `packets with CS1 at the uplinks, IPv4: /home ${JSON.stringify(unmarked)}, /export ${JSON.stringify(marked)}`,
    );
    assert.deepEqual([...new Set(Object.values(unmarked))], [0]);
    for (const [name, packets] of Object.entries(marked)) assert.ok(packets > 0, `${packets} packets: ${name}`);
  });
}
