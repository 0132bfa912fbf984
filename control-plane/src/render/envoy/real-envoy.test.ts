// The rendered bootstraps in a real Envoy: a request's level chooses its connections and their DSCP, at the gateway and in a sidecar.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { filterFile, lacksV8, startEnvoy, withGivenLevels, withoutEnvoy, withoutFilter } from "../../../test/envoy.ts";
import { translated } from "../../../test/manifests.ts";
import { vethPair, withoutNamespaces } from "../../../test/veth-pair.ts";
import type { Run } from "../../node/namespace.ts";
import type { Message } from "../xds/message.ts";
import { markedBy } from "../xds/socket-options.ts";
import { renderEnvoy } from "./bootstrap.ts";

const skip = withoutEnvoy() || (await withoutNamespaces());
const pair = skip === false ? await vethPair("envoy") : undefined;
const none: Run = () => Promise.reject(new Error("skipped"));
const { left, right } = pair ?? { left: none, right: none };
const children: ChildProcess[] = [];
after(async () => {
  for (const child of children) await end(child);
  await pair?.remove();
});

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const yaml = readFileSync(here("../../../testdata/gateway-and-sidecar/input.yaml"), "utf8");

function bootstrap(pod: string, manifests = yaml): Message {
  const whole = rendered(pod, manifests);
  return noFilter === false ? whole : withGivenLevels(whole);
}

function rendered(pod: string, manifests = yaml): Message {
  return renderEnvoy(translated(manifests).plan, filterFile).find((entry) => entry.pod === pod)!.bootstrap;
}

/** Returns once the admin interface reports that it serves. */
async function start(run: Run, namespace: string, config: Message): Promise<ChildProcess> {
  const child = startEnvoy(namespace, config);
  children.push(child);
  const ready = JSON.parse(
    await run(process.execPath, [here("../../../test/http-get.mjs"), "http://127.0.0.1:15000/ready"]),
  );
  assert.equal(ready.status, 200, ready.body);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

type Answer = { readonly status: number; readonly level: unknown; readonly seen: Readonly<Record<string, string>> };

/** Sends a request from the left namespace. `seen`: the headers that the application at the end received. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const text = await left(process.execPath, [here("../../../test/http-get.mjs"), url, JSON.stringify(headers)]);
  const { status, headers: received, body } = JSON.parse(text);
  return { status, level: received["x-request-priority"], seen: status === 200 ? JSON.parse(body).headers : {} };
}

/** Bytes marked CS1 on the wire since the last call: those that the right namespace received from port 9080's clients and sent back. */
async function markedBytes(): Promise<{ received: number; received6: number; sent: number }> {
  type Counter = { readonly counter?: { readonly name: string; readonly bytes: number } };
  const json = await right("nft", ["-j", "reset", "counters", "table", "inet", "test"]);
  const counters = (JSON.parse(json).nftables as Counter[]).flatMap((entry) => entry.counter ?? []);
  const bytes = (name: string): number => counters.find((counter) => counter.name === name)?.bytes ?? 0;
  return { received: bytes("received"), received6: bytes("received6"), sent: bytes("sent") };
}

/** In the right namespace, whose sidecar is only before port 9080. */
async function startApplication(...args: readonly string[]): Promise<void> {
  const application = spawn(
    "nsenter",
    [`--net=/run/netns/${pair!.rightName}`, process.execPath, here("../../../test/echo-application.mjs"), ...args],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(application);
  await once(application.stdout, "data");
}

/** Sets the right namespace up as a pod: its application, its sidecar, Istio's redirection, marked responses, and counters for marks. */
async function startRight(): Promise<void> {
  await startApplication("9080");
  const rules = `add table inet test
add counter inet test received
add counter inet test received6
add counter inet test sent
add chain inet test inbound { type nat hook prerouting priority dstnat; }
add rule inet test inbound iifname "eth0" tcp dport 9080 redirect to :15006
add chain inet test in { type filter hook input priority 0; }
add rule inet test in iifname "eth0" ip dscp cs1 counter name "received"
add rule inet test in iifname "eth0" ip6 dscp cs1 counter name "received6"
add chain inet test out { type filter hook output priority 0; }
add rule inet test out oifname "eth0" ip dscp cs1 counter name "sent"
`;
  await right("nft", ["-f", "-"], rules);
  await right("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "1\n");
  await start(right, pair!.rightName, bootstrap("ratings-v1"));
}

before(async () => {
  if (pair !== undefined) await startRight();
});

const noFilter = skip === false && lacksV8(rendered("gateway")) ? "this Envoy was compiled without V8" : skip;

test("gateway, sidecar, application: one level is one header, one cluster, one DSCP", { skip: noFilter }, async (t) => {
  const gateway = await start(left, pair!.leftName, bootstrap("gateway"));

  await t.test("a rule's request is batch at every hop and CS1 both ways", async () => {
    await markedBytes();
    const { status, level, seen } = await get("http://127.0.0.1:8080/export");
    assert.deepEqual([status, level, seen["x-request-priority"]], [200, "batch", "batch"]);
    const bytes = await markedBytes();
    assert.ok(bytes.received > 300 && bytes.sent > 300, JSON.stringify(bytes));
  });

  await t.test("any other request is of the default level and unmarked", async () => {
    const { status, level, seen } = await get("http://127.0.0.1:8080/productpage");
    assert.deepEqual([status, level, seen["x-request-priority"]], [200, "interactive", undefined]);
    // The batch connection stays open and may send acknowledgements, but carries no request now.
    const bytes = await markedBytes();
    assert.ok(bytes.received + bytes.sent < 200, JSON.stringify(bytes));
  });

  await t.test("a client of the gateway can choose neither its level nor the request id", async () => {
    const { level, seen } = await get("http://127.0.0.1:8080/", {
      "x-request-priority": "batch",
      "x-request-id": "mine",
    });
    assert.equal(level, "interactive");
    assert.match(seen["x-request-id"]!, /^[0-9a-f-]{36}$/);
  });

  await t.test("an Exact path matches only that path, and a path without a route is 404", async () => {
    assert.equal((await get("http://127.0.0.1:8080/health")).status, 200);
    assert.equal((await get("http://127.0.0.1:8080/health/deep")).status, 404);
    assert.equal((await get("http://127.0.0.1:8080/exported")).status, 404);
  });
  await end(gateway);
});

test("a sidecar's outbound side: the header chooses, the id stays", { skip }, async (t) => {
  const sidecar = await start(left, pair!.leftName, bootstrap("caller"));

  await t.test("by every name of the service", async () => {
    for (const host of [
      "ratings:9080",
      "ratings",
      "ratings.bookinfo",
      "ratings.bookinfo.svc.cluster.local:9080",
      "10.96.0.11:9080",
    ])
      assert.equal((await get("http://127.0.0.1:15001/", { host })).status, 200, host);
    assert.equal((await get("http://127.0.0.1:15001/", { host: "nobody:9080" })).status, 404);
  });

  await t.test("batch takes marked connections, with the caller's own request id", async () => {
    await markedBytes();
    const id = "6f2b0c5e-0d3c-4b61-9d55-0123456789ab";
    const headers = { host: "ratings:9080", "x-request-priority": "batch", "x-request-id": id };
    const { status, seen } = await get("http://127.0.0.1:15001/", headers);
    assert.deepEqual([status, seen["x-request-priority"], seen["x-request-id"]], [200, "batch", id]);
    const bytes = await markedBytes();
    assert.ok(bytes.received > 300 && bytes.sent > 300, JSON.stringify(bytes));
  });
  await end(sidecar);
});

test("a level's cluster without endpoints falls through to the service's own", { skip }, async () => {
  const config = structuredClone(bootstrap("caller")) as { static_resources: { clusters: EditableCluster[] } };
  type EditableCluster = { name: string; load_assignment: { endpoints: unknown[] } };
  const level = config.static_resources.clusters.find(({ name }) => name.includes("|expedite-batch|ratings."));
  level!.load_assignment.endpoints = [];
  const sidecar = await start(left, pair!.leftName, config);
  await markedBytes();
  const { status, seen } = await get("http://127.0.0.1:15001/", {
    host: "ratings:9080",
    "x-request-priority": "batch",
  });
  assert.deepEqual([status, seen["x-request-priority"]], [200, "batch"]);
  const { received } = await markedBytes();
  assert.ok(received < 100, `${received} bytes of the request were marked`);
  await end(sidecar);
});

test("a service with pods of both families is marked in both", { skip }, async () => {
  await startApplication("9090", "::");
  const dual = ["10.99.0.2", "fd99::2"].map((address, index) => dualPod(`dual-${index}`, address)).join("");
  const sidecar = await start(left, pair!.leftName, bootstrap("caller", `${yaml}${dualService}${dual}`));
  await markedBytes();
  const headers = { host: "dual:9090", "x-request-priority": "batch" };
  for (let request = 0; request < 4; request++)
    assert.equal((await get("http://127.0.0.1:15001/", headers)).status, 200);
  const { received, received6 } = await markedBytes();
  assert.ok(received > 300 && received6 > 300, `${received} bytes marked by IPv4, ${received6} by IPv6`);
  await end(sidecar);
});

test("an address of an unknown family is reached, without the mark", { skip }, async () => {
  const dual = ["10.99.0.2", "fd99::2"].map((address, index) => dualPod(`dual-${index}`, address)).join("");
  const known = bootstrap("caller", `${yaml}${dualService}${dual}`);
  const config = JSON.parse(JSON.stringify(known), (key, value) =>
    key === "upstream_bind_config" ? markedBy(8, ["10.99.0.2"]) : value,
  );
  const sidecar = await start(left, pair!.leftName, config);
  await markedBytes();
  const headers = { host: "dual:9090", "x-request-priority": "batch" };
  for (let request = 0; request < 4; request++)
    assert.equal((await get("http://127.0.0.1:15001/", headers)).status, 200);
  const { received, received6 } = await markedBytes();
  assert.ok(received > 300 && received6 === 0, `${received} bytes marked by IPv4, ${received6} by IPv6`);
  await end(sidecar);
});

const dualService = `---
apiVersion: v1
kind: Service
metadata: { name: dual, namespace: bookinfo }
spec: { selector: { app: dual }, ports: [{ port: 9090 }] }
`;

function dualPod(name: string, address: string): string {
  return `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: bookinfo, labels: { app: dual } }
spec: { containers: [{ name: dual, ports: [{ containerPort: 9090 }] }] }
status: { podIP: "${address}" }
`;
}

test("Envoy itself, without the filter, gives the response the level of its request", { skip }, async () => {
  // Sent straight to the application: no sidecar behind this port adds a level.
  await startApplication("9091", "0.0.0.0");
  const config = withGivenLevels(rendered("gateway", yaml.replaceAll("9080", "9091")));
  const gateway = await start(left, pair!.leftName, config);
  const levelOf = async (headers: Readonly<Record<string, string>>): Promise<unknown> =>
    (await get("http://127.0.0.1:8080/", headers)).level;
  assert.equal(await levelOf({}), "interactive");
  assert.equal(await levelOf({ "x-answer": "batch" }), "interactive");
  assert.equal(await levelOf({ "x-request-priority": "batch" }), "batch");
  assert.equal(await levelOf({ "x-request-priority": "batch", "x-answer": "interactive" }), "batch");
  await end(gateway);
});

test("a client cannot choose its level at a gateway, not even while the filter is missing", { skip }, async () => {
  const gateway = await start(left, pair!.leftName, withoutFilter(rendered("gateway")));
  for (const level of ["interactive", "batch"]) {
    const { status, level: told, seen } = await get("http://127.0.0.1:8080/", { "x-request-priority": level });
    assert.deepEqual([status, told, seen["x-request-priority"]], [200, "interactive", undefined]);
  }
  await end(gateway);
});

test("mode Observe: what the filter would do is counted, but not done", { skip: noFilter }, async () => {
  const config = bootstrap("gateway", yaml.replace("mode: Enforce", "mode: Observe"));
  const gateway = await start(left, pair!.leftName, config);
  await markedBytes();
  const { status, seen } = await get("http://127.0.0.1:8080/export");
  assert.deepEqual([status, seen["x-request-priority"]], [200, undefined]);
  assert.ok((await markedBytes()).received < 100);
  const stats = "http://127.0.0.1:15000/stats?filter=gateway.requests";
  // The filter passes its counts to Envoy once a second, and later on a busy machine.
  for (let body = "", tries = 0; !/expedite\.gateway\.requests\.batch: 1\n/.test(body); tries++) {
    assert.ok(tries < 60, body);
    if (tries > 0) await new Promise((done) => setTimeout(done, 500));
    ({ body } = JSON.parse(await left(process.execPath, [here("../../../test/http-get.mjs"), stats])));
  }
  await end(gateway);
});

test("mode Disabled: the same mesh, without anything of Expedite's", { skip }, async () => {
  const gateway = await start(
    left,
    pair!.leftName,
    bootstrap("gateway", yaml.replace("mode: Enforce", "mode: Disabled")),
  );
  await markedBytes();
  // No level was set, and the sidecar behind it, which enforces, has no rule that would set one.
  const { status, seen } = await get("http://127.0.0.1:8080/export");
  assert.deepEqual([status, seen["x-request-priority"]], [200, undefined]);
  assert.ok((await markedBytes()).received < 100);
  await end(gateway);
});
