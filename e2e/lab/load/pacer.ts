// A thread that only sleeps: it receives times as workerData, and posts the index of each when that time has come. A timer of Node has a
// resolution of 1 ms, and polling would cost the lab a tenth of a core; a futex has neither problem.
import { parentPort, workerData } from "node:worker_threads";

/** Milliseconds since the epoch, the same on every thread. */
const now = (): number => performance.timeOrigin + performance.now();

const never = new Int32Array(new SharedArrayBuffer(4));
for (const [index, time] of (workerData as readonly number[]).entries()) {
  const left = time - now();
  if (left > 0) Atomics.wait(never, 0, 0, left);
  parentPort?.postMessage(index);
}
