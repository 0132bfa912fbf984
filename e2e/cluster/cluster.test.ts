// A real cluster: both nodes run, pods on different nodes reach each other by name, and stopping it leaves nothing behind.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startCluster } from "../kubernetes/cluster.ts";
import type { Cluster } from "../kubernetes/running-cluster.ts";
import { waitUntil } from "../process/wait.ts";
import { type Leftovers, leftovers } from "./leftovers.ts";
import { ask, startSample } from "./sample.ts";
import { inCluster } from "./suite.ts";

describe("a cluster", inCluster, () => {
  let earlier: Leftovers;
  let cluster: Cluster;

  before(async () => {
    earlier = leftovers();
    cluster = await startCluster();
  });
  after(() => cluster?.stop());

  test("both nodes are Ready", async () => {
    const path = 'jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}';
    assert.equal(await cluster.kubectl(["get", "nodes", "-o", path]), "xp-node1=True xp-node2=True ");
    assert.deepEqual(
      cluster.nodes.map(({ name, address }) => [name, address]),
      [
        ["xp-node1", "10.210.0.11"],
        ["xp-node2", "10.210.0.12"],
      ],
    );
  });

  test("a pod on one node reaches a service on the other by name", async () => {
    await startSample(cluster.kubectl);
    const { node, path } = await ask(cluster.kubectl, "web", "/here");
    assert.deepEqual([node, path], ["xp-node2", "/here"]);
  });

  test("a node that loses power takes its pods down with it", async () => {
    await cluster.nodes[1]!.kill();
    await assert.rejects(ask(cluster.kubectl, "web", "/here"), /no route to host|timeout|deadline exceeded/i);
  });

  test("nothing is left after stop", async () => {
    await cluster.stop();
    // The kernel may need a moment for the last of it.
    await waitUntil({ what: "nothing is left", seconds: 10 }, () => {
      assert.deepEqual(leftovers(), earlier);
      return true;
    });
  });
});
