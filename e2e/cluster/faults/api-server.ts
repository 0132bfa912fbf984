// The API server is away: nothing in the data plane asks it, and the controller goes on when it is back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Enrolled } from "./enrolled.ts";

export function apiServerFaults(mesh: () => Enrolled): void {
  test("the API server is away for a minute, and a policy changes right after", async () => {
    const { cluster } = mesh();
    const holder = ["-n", "istio-system", "get", "lease", "expedite", "-o", "jsonpath={.spec.holderIdentity}"];
    const leader = await cluster.kubectl(holder);
    await mesh().withoutFailures("API server away for 60 s", async () => {
      await cluster.apiServer.kill();
      await sleep(60_000);
      await cluster.apiServer.start();
      const start = performance.now();
      await mesh().change();
      await mesh().inForce(90);
      console.log(`in force ${Math.round((performance.now() - start) / 1000)} s after the API server was ready`);
    });
    // The same process: it neither ended nor was it ended for being unwell.
    assert.equal(await cluster.kubectl(holder), leader);
    assert.equal(await mesh().metric("expedite_leader"), 1);
    assert.equal(await mesh().restarts(), 0);
  });
}
