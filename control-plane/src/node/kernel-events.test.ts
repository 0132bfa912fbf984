// The monitors of a real network namespace: a change counts from the moment that they receive events.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { until } from "../../test/agent-cluster.ts";
import { watchKernel } from "./kernel-events.ts";

test("each monitor that begins to receive events asks for one look, because earlier changes were not reported", async () => {
  let looks = 0;
  const count = async (): Promise<number> => looks;
  const events = watchKernel({ changed: () => looks++, ended: () => undefined });
  try {
    await until(count, (looked) => looked === 2);
    await sleep(300);
    assert.equal(looks, 2);
    await promisify(execFile)("ip", ["address", "add", "127.9.9.9/32", "dev", "lo"]);
    await until(count, (looked) => looked > 2);
  } finally {
    events.stop();
  }
});
