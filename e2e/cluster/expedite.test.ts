// Expedite in a real mesh: the controller as a pod, bookinfo over two nodes under STRICT mTLS; a policy comes, works, changes and goes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { levelsOf, load, startBookinfo, visit } from "./bookinfo.ts";
import { obstacle } from "./build/requirements.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { conditions, controllerLog, startController, waitForCondition } from "./controller.ts";
import { ladder, policy } from "./policies.ts";
import { waitUntil } from "./wait.ts";

const everywhere = (level: string) => ({ frontend: level, details: level, reviews: level, ratings: level });

describe("Expedite in a mesh", { skip: obstacle() ?? false, timeout: 900_000 }, () => {
  let cluster: Cluster;
  const apply = (text: string): Promise<string> => cluster.kubectl(["apply", "-f", "-"], text);

  before(async () => {
    const start = performance.now();
    cluster = await startCluster({ istio: true });
    await startBookinfo(cluster.kubectl);
    await startController(cluster.kubectl);
    console.log(`ready after ${Math.round((performance.now() - start) / 1000)} s`);
  });
  after(() => cluster?.stop());

  test("a policy is programmed on every proxy", async () => {
    await apply(ladder("Enforce"));
    await apply(policy("/export"));
    await waitForCondition(cluster.kubectl, ["prio", "exports", "bookinfo"], "Programmed", "True", 60);
    await waitForCondition(cluster.kubectl, ["ladder", "default"], "Accepted", "True");
    // By their metrics' port, which is open under STRICT mTLS too.
    await waitUntil({ what: "the metrics of sampled proxies have the filter", seconds: 15 }, async () => {
      const found = await conditions(cluster.kubectl, "prio", "exports", "bookinfo");
      const { message = "" } = found.find(({ type }) => type === "Programmed") ?? {};
      assert.match(message, /the metrics of \d+ of them have the filter's configuration/);
      assert.doesNotMatch(message, /could not be read/);
      return true;
    });
  });

  test("a request has one level at every service that it reaches, on both nodes", async () => {
    // A proxy's filter starts its VMs after the acknowledgement: by ten requests every pod was asked.
    await waitUntil({ what: "every pod's filter classifies", seconds: 30 }, async () => {
      for (let index = 0; index < 10; index++)
        assert.deepEqual(levelsOf(await visit(cluster.kubectl, "/export/all")), everywhere("batch"));
      return true;
    });
    for (const from of ["caller-n1", "caller-n2"]) {
      assert.deepEqual(levelsOf(await visit(cluster.kubectl, "/export/all", from)), everywhere("batch"));
      // A call that no request caused is of the default level, and nobody has to say so.
      const home = { ...everywhere("interactive"), frontend: "" };
      assert.deepEqual(levelsOf(await visit(cluster.kubectl, "/home", from)), home);
    }
    assert.deepEqual(
      levelsOf(await visit(cluster.kubectl, "/export/all", "caller-n1", "gateway")),
      everywhere("batch"),
    );
  });

  test("no request fails while the policy, the mode and the ladder come, change and go", async () => {
    const running = [load(cluster.kubectl, "/export/all", 75), load(cluster.kubectl, "/home", 75, 4, "caller-n2")];
    const programmed = () =>
      waitForCondition(cluster.kubectl, ["prio", "exports", "bookinfo"], "Programmed", "True", 30);
    for (const mode of ["Observe", "Enforce", "Off", "Enforce"]) {
      await apply(ladder(mode));
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      if (mode !== "Off") await programmed();
    }
    await cluster.kubectl(["delete", "prio", "exports", "-n", "bookinfo"]);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await apply(policy("/export"));
    await programmed();
    const results = await Promise.all(running);
    console.log(JSON.stringify(results));
    for (const { requests, failed, errors } of results) {
      assert.ok(requests > 100, `${requests} requests`);
      assert.equal(failed, 0, `${errors.join("\n")}\n${await controllerLog(cluster.kubectl)}`);
    }
  });
});
