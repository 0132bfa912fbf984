// Which sidecars are asked for the mesh's default routes, and when again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DefaultRoute } from "../core/snapshot.ts";
import type { ProxyReport } from "../reconcile/ports.ts";
import { DefaultRouteSamples } from "./default-route-samples.ts";

const two = { retryPolicy: { numRetries: 2 } };
const four = { retryPolicy: { numRetries: 4 } };
const proxy = (pod: string, nonce = "1", istioVersion = "1.31.0"): ProxyReport => ({
  ...{ pod, namespace: "shop", istioVersion, istiod: "one", isGateway: false },
  exchanges: { RDS: { nonce, isAcknowledged: true } },
});

function samples(answer: (pod: string) => readonly DefaultRoute[]) {
  const asked: string[] = [];
  const found = new DefaultRouteSamples(async ({ pod }) => {
    asked.push(pod);
    return answer(pod);
  });
  return { look: async (...reports: ProxyReport[]) => (await found.look(reports)).routes, found, asked };
}

test("one sidecar of each version is asked, in whatever order they come, and again only when its routes were pushed", async () => {
  let retries: DefaultRoute = two;
  const { look, asked } = samples((pod) => [pod === "old" ? { timeout: "1s" } : retries]);
  const old = proxy("old", "1", "1.30.0");
  const first = await look(proxy("a"), old, proxy("b"));
  assert.equal(first.length, 2);
  assert.deepEqual(await look(proxy("b", "7"), proxy("a"), old), first);
  assert.deepEqual(asked.toSorted(), ["a", "old"], "what was pushed to others says nothing new");
  retries = four;
  assert.deepEqual(new Set(await look(old, proxy("a", "2"))), new Set([{ timeout: "1s" }, four]));
  assert.deepEqual(await look(proxy("a", "2")), [four], "a version that is gone counts no more");
  assert.deepEqual(asked.slice(2), ["a"]);
  const both = [proxy("a"), old];
  const answer = (pod: string) => [pod === "old" ? { timeout: "1s" } : two];
  assert.deepEqual(await samples(answer).look(...both), await samples(answer).look(...both.toReversed()));
});

test("gateways and sidecars without routes are not asked; another sidecar stands for one that has none or can't be asked", async () => {
  const { look, found, asked } = samples((pod) => {
    if (pod === "a") throw new Error("a part of another connection's id");
    return pod === "b" ? [] : [two];
  });
  assert.deepEqual(await look({ ...proxy("gateway"), isGateway: true }, { ...proxy("new"), exchanges: {} }), []);
  assert.deepEqual(asked, []);
  assert.deepEqual(await look(proxy("c"), proxy("b"), proxy("a")), [two]);
  assert.deepEqual(asked, ["a", "b", "c"]);
  const { routes, failure } = await found.look([proxy("c"), proxy("a", "1", "1.30.0")]);
  assert.deepEqual([routes, failure?.message], [[two], "a part of another connection's id"]);
});

test("the last answer of a version counts while nobody of it can be asked", async () => {
  let isSilent = false;
  const { found } = samples(() => {
    if (isSilent) throw new Error("no answer");
    return [two];
  });
  await found.look([proxy("a")]);
  isSilent = true;
  const { routes, failure } = await found.look([proxy("a", "2")]);
  assert.deepEqual([routes, failure?.message], [[two], "no answer"]);
});
