// The PriorityNode is created when it is missing, patched when its status changes, not written when nothing changed, and written later when
// the API server is away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type KubeApi, kubeApi } from "../../test/kube-api.ts";
import { nodeStatus } from "../agent/node-status.ts";
import { apiServer } from "./api-server.ts";
import { nodeStatusWriter } from "./node-status-writer.ts";

const nodes = "/apis/expedite.dev/v1alpha1/prioritynodes";
const create = `POST ${nodes}`;
const patch = `PATCH ${nodes}/n1/status`;
const status = (generation: number) => nodeStatus({ links: [], pods: [], removed: [], problems: [] }, { generation });

async function until(isRight: () => boolean, what: () => string): Promise<void> {
  for (const end = Date.now() + 30_000; !isRight(); await sleep(5)) assert.ok(Date.now() < end, what());
}

const observed = (api: KubeApi): unknown =>
  (api.get(nodes, "n1")?.status as { observedGeneration?: number } | undefined)?.observedGeneration;

test("creates the object for its Node, then writes only what changed, and catches up after an outage", async (context) => {
  const api = await kubeApi();
  const server = apiServer({ server: api.url, options: async () => ({}) });
  let uid: string | undefined;
  const failures: string[] = [];
  const writer = nodeStatusWriter({
    ...{ server, node: "n1", uid: () => uid, retry: 10 },
    failed: ({ message }) => failures.push(message),
  });
  context.after(async () => {
    await writer.stop();
    await api.close();
  });
  const said = (): string => JSON.stringify([api.writes, failures]);

  writer.write(status(1));
  await until(() => failures.length > 0, said);
  assert.match(failures[0]!, /not found/);
  uid = "u1";
  await until(() => observed(api) === 1, said);
  assert.deepEqual(api.writes.slice(-3), [patch, create, patch]);
  const { ownerReferences } = api.get(nodes, "n1")!.metadata as unknown as { ownerReferences: unknown };
  assert.deepEqual(ownerReferences, [{ apiVersion: "v1", kind: "Node", name: "n1", uid: "u1" }]);

  const before = api.writes.length;
  writer.write(status(1));
  writer.write(status(2));
  await until(() => observed(api) === 2, said);
  assert.equal(api.writes.length, before + 1);

  api.setAway(true);
  writer.write(status(3));
  const failed = failures.length;
  await until(() => failures.length > failed, said);
  writer.write(status(4));
  api.setAway(false);
  await until(() => observed(api) === 4, said);
  assert.deepEqual(api.writes.slice(before + 1), [patch]);

  // The Node was deleted, with its object, and created again.
  api.remove(nodes, "n1");
  uid = "u2";
  writer.write(status(4));
  await until(() => observed(api) === 4, said);
  assert.deepEqual(api.writes.slice(before + 2), [patch, create, patch]);
});
