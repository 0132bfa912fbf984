// The answer of a leader, of a follower, and of both while something is unknown: only a leader that has polled istiod lists proxies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerStatus } from "./status.ts";

const proxies = [{ namespace: "shop", pod: "web-0", state: "programmed" }];

test("a leader reports the proxies once istiod has answered", () => {
  const leader = { identity: "a", isLeader: true, leader: undefined };
  assert.deepEqual(controllerStatus({ ...leader, proxies }), { identity: "a", isLeader: true, leader: "a", proxies });
  assert.deepEqual(controllerStatus({ ...leader, proxies: undefined }), {
    ...{ identity: "a", isLeader: true, leader: "a" },
    proxiesUnknown: "the leader has not heard from istiod yet",
  });
});

test("a follower names the leader and reports no proxies, whatever it remembers", () => {
  const follower = { identity: "b", isLeader: false, proxies };
  assert.deepEqual(controllerStatus({ ...follower, leader: "a" }), {
    ...{ identity: "b", isLeader: false, leader: "a" },
    proxiesUnknown: "only the leader knows the proxies; ask a",
  });
  assert.deepEqual(controllerStatus({ ...follower, leader: undefined }), {
    ...{ identity: "b", isLeader: false },
    proxiesUnknown: "only the leader knows the proxies; no replica leads",
  });
});

test("an installation that another one keeps from serving is no leader, and says why", () => {
  const replica = { identity: "b", isLeader: true, leader: "b", proxies };
  assert.deepEqual(controllerStatus({ ...replica, refusal: "another Expedite serves this cluster" }), {
    ...{ identity: "b", isLeader: false },
    proxiesUnknown: "another Expedite serves this cluster",
  });
});
