// Two replicas and one Lease on a server that refuses stale writes: who leads, whom the follower names, and what is known if nobody renews.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiRequest, type ApiServer } from "./api-server.ts";
import { type Elector, electLeader } from "./leader-election.ts";

type Lease = { metadata: { resourceVersion?: string }; spec: { holderIdentity: string } };

/** One Lease, with the API server's check of the resourceVersion. `isAway`: requests are not answered. */
function leaseServer() {
  let version = 0;
  let lease: Lease | undefined;
  const state = { isAway: false };
  const store = (body: unknown): Lease => {
    const { metadata, spec } = body as Lease;
    lease = { metadata: { ...metadata, resourceVersion: String(++version) }, spec };
    return lease;
  };
  const read = async ({ method, body }: ApiRequest): Promise<unknown> => {
    if (state.isAway) throw new Error("connect ECONNREFUSED");
    if (method === "POST" && lease === undefined) return store(body);
    if (method === "POST") throw new ApiError(409, "exists");
    if (lease === undefined) throw new ApiError(404, "no Lease");
    if (method === "GET") return structuredClone(lease);
    if ((body as Lease).metadata.resourceVersion !== String(version)) throw new ApiError(409, "changed");
    return store(body);
  };
  const server: ApiServer = { read, open: () => Promise.reject(new Error("not used")) };
  return { server, state };
}

const times = { lease: 400, renew: 250, retry: 20 };

function elect(context: TestContext, server: ApiServer, identity: string): Elector {
  const elector = electLeader({ server, namespace: "n", name: "expedite", identity, changed: () => {}, times });
  context.after(elector.stop);
  return elector;
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo(); await sleep(5)) assert.ok(Date.now() < end, String(isSo));
}

test("one of two replicas leads, and both name it; when it stops, the other leads at once", async (context) => {
  const { server } = leaseServer();
  const first = elect(context, server, "a");
  await until(first.isLeader);
  const second = elect(context, server, "b");
  await until(() => second.leader() === "a");
  assert.deepEqual([first.leader(), second.isLeader()], ["a", false]);
  await first.stop();
  assert.equal(first.isLeader(), false);
  await until(second.isLeader);
  assert.equal(second.leader(), "b");
});

test("a leader that cannot renew stops leading, and no leader is named once the Lease has expired", async (context) => {
  const { server, state } = leaseServer();
  const first = elect(context, server, "a");
  await until(first.isLeader);
  const second = elect(context, server, "b");
  await until(() => second.leader() === "a");
  state.isAway = true;
  await until(() => !first.isLeader());
  await until(() => second.leader() === undefined && first.leader() === undefined);
  state.isAway = false;
  await until(() => first.isLeader() || second.isLeader());
  await until(() => first.leader() === second.leader() && first.leader() !== undefined);
});
