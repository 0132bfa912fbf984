// There is one holder at a time, and none after a process was killed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { lockNode, tryLock } from "./lock.ts";

test("a second agent waits until the first one ends, even by kill -9", async () => {
  const name = `expedite-test-${process.pid}`;
  const script = `import { lockNode } from ${JSON.stringify(fileURLToPath(new URL("lock.ts", import.meta.url)))};
await lockNode(${JSON.stringify(name)}); console.log("locked"); setInterval(() => {}, 1000);`;
  const first = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(first.stdout, "data");
  assert.equal(await tryLock(name), undefined);
  let isWaiting = false;
  const second = lockNode(name, {
    waiting: () => {
      isWaiting = true;
      first.kill("SIGKILL");
    },
  });
  const lock = await second;
  assert.ok(isWaiting);
  assert.equal(await tryLock(name), undefined);
  await lock.release();
  const again = await tryLock(name);
  assert.ok(again !== undefined);
  await again.release();
});

test("waiting ends when its signal aborts", async () => {
  const name = `expedite-test-signal-${process.pid}`;
  const lock = await tryLock(name);
  await assert.rejects(lockNode(name, { signal: AbortSignal.timeout(20) }), { name: "AbortError" });
  await lock?.release();
});
