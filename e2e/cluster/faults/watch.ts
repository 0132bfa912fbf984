// The path between the controller and the API server fails, silently or with resets: changes are applied once it works again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { refuse, resetConnections, stall } from "../packets.ts";
import { podStarts } from "../pod-start.ts";
import type { Enrolled } from "./enrolled.ts";
import { callsByLevel } from "./level-connections.ts";
import { type PodTimes, printStarts } from "./new-pods.ts";

/** Seconds: longer than a leader may lead without renewing its Lease. */
const stalled = 40;

export function watchFaults(mesh: () => Enrolled, without: () => PodTimes): void {
  test("nothing reaches the API server for 40 s: metrics show it, pods still start, and the change is applied afterwards", async () => {
    const { cluster } = mesh();
    const start = performance.now();
    await mesh().withoutFailures(`controller's packets dropped for ${stalled} s`, async () => {
      const fault = await stall(await mesh().controller());
      await mesh().change();
      const times = await podStarts(cluster.kubectl, "unreachable", without().length);
      await callsByLevel(cluster, "unreachable-0");
      const left = stalled * 1_000 - (performance.now() - start);
      if (left > 0) await sleep(left);
      const staleness = await mesh().metric("expedite_staleness_seconds");
      const leader = await mesh().metric("expedite_leader");
      const packets = await fault.packets();
      await fault.mend();
      const mended = performance.now();
      await mesh().inForce(120);
      console.log(
        `${packets} packets dropped; staleness ${Math.round(staleness)} s, leader ${leader}; in force ${Math.round((performance.now() - mended) / 1000)} s after the path was repaired`,
      );
      printStarts("unreachable", without(), times);
      assert.ok(packets > 0);
      assert.ok(staleness >= stalled - 10, `staleness ${staleness} s`);
      assert.equal(leader, 0);
    });
    assert.equal(await mesh().metric("expedite_leader"), 1);
    assert.equal(await mesh().restarts(), 0);
  });

  test("the connections to the API server are reset, and new ones refused: metrics show it, and the change is applied afterwards", async () => {
    const before = await mesh().metric("expedite_reflector_restarts_total");
    await mesh().withoutFailures("controller's connections reset and refused for 8 s", async () => {
      const controller = await mesh().controller();
      const fault = await refuse(controller);
      const connections = await resetConnections(controller);
      await mesh().change();
      await sleep(8_000);
      const packets = await fault.packets();
      await fault.mend();
      const mended = performance.now();
      await mesh().inForce(60);
      const restarts = (await mesh().metric("expedite_reflector_restarts_total")) - before;
      console.log(
        `${connections} connections reset, ${packets} packets refused, ${restarts} watches restarted; in force ${Math.round((performance.now() - mended) / 1000)} s after the path was repaired`,
      );
      assert.ok(connections > 0);
      assert.ok(packets > 0);
      assert.ok(restarts > 0);
    });
    assert.equal(await mesh().restarts(), 0);
  });

  test("the API server closes the connections without the controller noticing: the change is still applied", async () => {
    await mesh().withoutFailures("controller's connections half open", async () => {
      const controller = await mesh().controller();
      const fault = await stall(controller);
      const connections = await resetConnections(controller);
      await mesh().change();
      await sleep(2_000);
      await fault.mend();
      const mended = performance.now();
      await mesh().inForce(90);
      console.log(
        `${connections} connections half open; in force ${Math.round((performance.now() - mended) / 1000)} s after the path was repaired`,
      );
      assert.ok(connections > 0);
    });
    assert.equal(await mesh().restarts(), 0);
  });
}
