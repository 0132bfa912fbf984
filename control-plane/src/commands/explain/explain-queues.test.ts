// What `expedite explain` reports about services with a RequestQueue. The real filter answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { explained, file, lines } from "../../../test/explained.ts";

const queues = file(`apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: shop, namespace: shop }
spec:
  rules:
    - { name: exports, match: { path: { prefix: /export } }, level: batch }
---
apiVersion: expedite.dev/v1alpha1
kind: RequestQueue
metadata: { name: ratings, namespace: shop }
spec:
  targetRefs: [{ kind: Service, name: ratings }]
  concurrencyLimit: { fixed: 6 }
  maxWait: 2s
  levels: [{ name: batch, maxWait: 1m30s, onTimeout: Reject }]
  exemptPaths: [/events]
`);

test("a request waits at a service with a queue, in its level's, and the filter says which never wait", () => {
  const place = "  Service ratings (RequestQueue shop/ratings): ";
  const busy = `${place}while a pod has 6 requests, it waits in the queue of`;
  assert.deepEqual(lines(queues, { path: "/export/all" }).slice(-3), [
    "",
    "where it, or a request that it causes, comes to a busy service:",
    `${busy} batch for at most 1m30s; then it is answered with 429 and Retry-After`,
  ]);
  const wait = { level: "interactive", maxWait: "2s", onTimeout: "Forward" };
  const one = { name: "shop/ratings", targets: ["Service ratings"], limit: 6 };
  assert.deepEqual(explained(queues, { path: "/reviews" }).queues, [{ ...one, wait }]);
  assert.ok(lines(queues, { path: "/reviews" }).includes(`${busy} interactive for at most 2s; then it is let through`));
  const exempt = { path: "/events/1" };
  assert.deepEqual(explained(queues, exempt).queues, [one]);
  assert.ok(lines(queues, exempt).includes(`${place}it never waits, because of its path`));
  // A client may write what it wants.
  assert.deepEqual(explained(queues, { header: ["accept: text/event-stream"] }).queues, [{ ...one, wait }]);
});

test("of a limit that adapts, explain says its bounds", () => {
  const adapts = file(`apiVersion: expedite.dev/v1alpha1
kind: RequestQueue
metadata: { name: ratings, namespace: shop }
spec: { targetRefs: [{ kind: Service, name: ratings }], concurrencyLimit: { adaptive: { max: 60 } } }
---
apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: shop, namespace: shop }
spec: { defaultLevel: batch }
`);
  const busy = "while a pod has as many requests as its limit, which its sidecar finds from 1 to 60, it waits";
  assert.ok(lines(adapts, { path: "/reviews" }).some((line) => line.includes(busy)));
});

test("a queue that is not in force is a note", () => {
  const observed = file(
    "apiVersion: expedite.dev/v1alpha1\nkind: PriorityLadder\nmetadata: { name: default }\nspec: { mode: Observe, levels: [{ name: interactive }, { name: batch, dscp: CS1 }], defaultLevel: interactive }\n",
  );
  const explanation = explained(queues, { file: [observed, queues] });
  assert.deepEqual(explanation.queues, []);
  assert.ok(explanation.notes.some((note) => note.includes("RequestQueue shop/ratings: spec: is not applied")));
});
