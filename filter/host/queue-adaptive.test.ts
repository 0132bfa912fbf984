// A queue whose limit adapts makes a fixed number of host calls. Beyond those of a fixed limit, each begin and end of a request reads the clock
// where it would not otherwise, and each tick reads and writes shared data (core/queue/adaptive/shared-limit.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { queueOf, Worker } from "./queue-worker.ts";
import { headerList, levelHeader } from "./sidecar.ts";

const clock = "proxy_get_current_time_nanoseconds";

const fixed = (limit = 200): Worker => new Worker(queueOf({ limit }));
const adaptive = (limit = 200): Worker => new Worker(queueOf({ limit, minLimit: 1 }));

/** Without tickets, which are random. */
const callsOf = ({ vm }: Worker): string[] => vm.calls.map((call) => call.replace(/: [0-9a-f]{16}$/, ""));

/** What the last callback calls in `found` that it does not call in `expected`; fails if it lacks one of those. */
function beyond(found: Worker, expected: Worker): readonly string[] {
  const more = callsOf(found);
  for (const call of callsOf(expected)) {
    const at = more.indexOf(call);
    assert.ok(at >= 0, `${call} is not among ${more}`);
    more.splice(at, 1);
  }
  return more;
}

test("adaptive queue: a request that passes reads the clock twice more than with a fixed limit, and makes no other host call", () => {
  const [one, other] = [adaptive(), fixed()];
  for (let i = 0; i < 50; i++) {
    const [stream, fixedStream] = [one.begin(), other.begin()];
    assert.deepEqual(beyond(one, other), [clock]);
    one.time += 5_000_000n;
    one.end(stream);
    other.end(fixedStream);
    assert.deepEqual(beyond(one, other), [clock]);
  }
});

test("adaptive queue: a request that waits makes the host calls that it makes with a fixed limit", () => {
  const [one, other] = [adaptive(2), fixed(2)];
  const held = [one, other].map((worker) => [worker.begin(), worker.begin()]);
  for (let i = 0; i < 50; i++) {
    for (const worker of [one, other]) worker.vm.begin(headerList({ [levelHeader]: "interactive" }));
    assert.deepEqual(beyond(one, other), []);
  }
  one.end(held[0]![0]!);
  other.end(held[1]![0]!);
  assert.deepEqual(beyond(one, other), []);
});

test("adaptive queue: a tick exchanges shared data once more than with a fixed limit", () => {
  const [one, other] = [adaptive(), fixed()];
  for (let i = 0; i < 50; i++) {
    for (const worker of [one, other]) {
      worker.end(worker.begin());
      worker.tick(10);
    }
    // The first ones make the value, and report the limit.
    if (i > 1) assert.deepEqual(beyond(one, other), ["proxy_get_shared_data", "proxy_set_shared_data"]);
  }
});
