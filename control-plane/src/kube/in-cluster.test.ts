// A pod's own connection: the API server's address, and the token from its file.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inClusterConnection } from "./in-cluster.ts";

test("the address comes from the environment, the token from its file; outside a pod there is no connection", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "account-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const env = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "6443" };
  assert.equal(inClusterConnection(env, folder), undefined);
  writeFileSync(join(folder, "token"), "secret\n");
  writeFileSync(join(folder, "ca.crt"), "");
  assert.equal(inClusterConnection({}, folder), undefined);
  const connection = inClusterConnection(env, folder);
  assert.equal(connection?.server, "https://10.96.0.1:6443");
  assert.deepEqual((await connection?.options())?.headers, { authorization: "Bearer secret" });
  assert.equal(inClusterConnection({ KUBERNETES_SERVICE_HOST: "fd00::1" }, folder)?.server, "https://[fd00::1]:443");
});
