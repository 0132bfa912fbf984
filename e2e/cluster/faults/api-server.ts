// The API server is down: nothing in the data plane needs it, and the controller continues once it is back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Enrolled } from "./enrolled.ts";

export function apiServerFaults(mesh: () => Enrolled): void {
  test("the API server is down for a minute, and a policy changes right after", async () => {
    const { cluster } = mesh();
    const holder = ["-n", "istio-system", "get", "lease", "expedite", "-o", "jsonpath={.spec.holderIdentity}"];
    const leader = await cluster.kubectl(holder);
    await mesh().withoutFailures("API server down for 60 s", async () => {
      await cluster.apiServer.kill();
      await sleep(60_000);
      await cluster.apiServer.start();
      const start = performance.now();
      await mesh().change();
      await mesh().inForce(90);
      console.log(`in force ${Math.round((performance.now() - start) / 1000)} s after the API server was ready`);
    });
    // It is the same process: it did not exit, and no failed probe restarted it.
    assert.equal(await cluster.kubectl(holder), leader);
    assert.equal(await mesh().metric("expedite_leader"), 1);
    assert.equal(await mesh().restarts(), 0);
  });
}
