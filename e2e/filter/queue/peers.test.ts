// Requests under one id, in a real Envoy with mutual TLS: those of one caller wait for each other as all do, and one from a service that the
// application called does not, because its cause waits for it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { getText } from "../../envoy/admin.ts";
import { missingWasmRuntime } from "../../envoy/wasm-runtime.ts";
import { waitUntil } from "../../process/wait.ts";
import { Authority, missingOpenssl } from "../certificates.ts";
import { ports, type QueueProxyOptions, queueOf } from "./proxy.ts";
import { withQueue } from "./with-queue.ts";

const skip = missingOpenssl() || missingWasmRuntime();
const folder = mkdtempSync(join(tmpdir(), "queue-peers-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Sends a request with the certificate of an account, and the id of all. */
function sendAs(account: string, path: string): Promise<number | undefined> {
  const file = (name: string): Buffer => readFileSync(join(folder, name));
  const identity = { key: file(`${account}.key`), cert: file(`${account}.pem`), ca: file("ca.pem") };
  const headers = { "x-request-id": "one for all" };
  const to = { host: "127.0.0.1", port: ports.inbound, path, headers, agent: false, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...identity, ...to }, (incoming) => {
      incoming.resume().on("end", () => resolve(incoming.statusCode));
    });
    outgoing.on("error", reject).end();
  });
}

test("queue: a caller's requests under one id wait, and one of a service that was called does not", {
  skip,
}, async () => {
  const authority = new Authority(folder);
  for (const account of ["web", "ingress", "ratings"])
    authority.certify(account, `spiffe://cluster.local/ns/shop/sa/${account}`);
  const options: QueueProxyOptions = {
    queue: queueOf(1),
    workers: 1,
    filter: { trust: "Mesh", trustDomains: ["cluster.local"] },
    transportSocket: authority.tls("web", { require_client_certificate: true }, "Downstream"),
  };
  await withQueue(options, async ({ application, proxy }) => {
    const first = sendAs("ingress", "/hold");
    await waitUntil({ what: "the first works", seconds: 5 }, () => application.open === 1);
    assert.equal(await sendAs("ratings", "/work"), 200);
    const sibling = sendAs("ingress", "/work");
    await waitUntil({ what: "it has its turn", seconds: 5 }, () => application.came.length === 3);
    application.release();
    assert.deepEqual(await Promise.all([first, sibling]), [200, 200]);
    // Requests that passed at once are not in the histogram, and the first one's turn came before any wait.
    const waits = "expedite_inbound_queue_wait_ms_interactive_count";
    const counted = async (): Promise<string | undefined> =>
      new RegExp(`${waits}\\{\\} (\\d+)`).exec(await getText(proxy.envoy.admin, "/stats/prometheus"))?.[1];
    await waitUntil({ what: "Envoy has counted waits", seconds: 15 }, async () => Number((await counted()) ?? 0) > 0);
    assert.equal(await counted(), "1");
  });
});
