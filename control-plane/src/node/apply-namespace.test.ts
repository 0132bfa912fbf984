// A pod with a level, in real namespaces: its packets carry the level's DSCP from the SYN on, and the other side answers with it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { twoLevels } from "../../test/two-levels.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { dscpValue } from "../api/dscp.ts";
import { apply } from "./apply.ts";
import { type Applied, applyNamespace } from "./apply-namespace.ts";
import type { Run } from "./namespace.ts";
import type { PodProgram } from "./pod-chain.ts";
import { readNamespace } from "./read-namespace.ts";
import { remove, removeDevice } from "./remove.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("pod") : undefined;
const none: Run = () => Promise.reject(new Error("skipped"));
const { left, right } = pair ?? { left: none, right: none };
let server: ChildProcess | undefined;
afterEach(async () => {
  if (pair === undefined) return;
  await remove(left);
  await remove(right);
});
after(async () => {
  server?.kill();
  await pair?.remove();
});

const program = { mark: { level: "batch", dscp: 8 }, exempt: ["10.99.0.77", "fd99::77"], dscps: [8] };
const peer = fileURLToPath(new URL("../../test/tcp-peer.mjs", import.meta.url));

async function applyPod(run: Run, pod: PodProgram): Promise<Applied> {
  const state = await readNamespace(run, []);
  const applied = await applyNamespace(run, { pod, links: [] }, { state, kernel: {} });
  if (applied.pod === undefined || applied.pod instanceof Error) throw applied.pod;
  return applied.pod;
}

/** What a sender's packets look like on arrival: the probe counts them by family, protocol and mark. */
async function startProbe(run: Run): Promise<void> {
  const kinds = ["syn", "tcp", "udp", "udp53", "ndp"];
  const matches: Readonly<Record<string, string>> = {
    syn: "tcp flags syn / syn,ack",
    tcp: "meta l4proto tcp",
    udp: "udp dport 9",
    udp53: "udp dport 53",
    ndp: "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }",
  };
  const rules = kinds.flatMap((kind) =>
    ["ip", "ip6"]
      .filter((family) => kind !== "ndp" || family === "ip6")
      .flatMap((family) =>
        (["==", "!="] as const).map(
          (op) =>
            `add rule inet probe seen ${family} dscp ${op} cs1 ${matches[kind]} counter comment "${kind} ${family} ${op === "==" ? "marked" : "unmarked"}"`,
        ),
      ),
  );
  await run("nft", ["-f", "-"], "add table inet probe\ndelete table inet probe\n");
  const head = ["add table inet probe", "add chain inet probe seen { type filter hook prerouting priority -300; }"];
  await run("nft", ["-f", "-"], [...head, ...rules, ""].join("\n"));
}

/** Packets by comment, for the comments with any. */
async function seen(run: Run): Promise<Readonly<Record<string, number>>> {
  const text = await run("nft", ["list", "table", "inet", "probe"]);
  const found = [...text.matchAll(/counter packets (\d+) bytes \d+ comment "([^"]+)"/g)];
  return Object.fromEntries(found.map(([, count, name]) => [name!, Number(count)]).filter(([, count]) => count !== 0));
}

async function send(run: Run, host: string, port: number): Promise<void> {
  const family = host.includes(":") ? "udp6" : "udp4";
  const script = `const s = require("node:dgram").createSocket("${family}"); s.send("x", ${port}, "${host}", () => s.close())`;
  await run(process.execPath, ["-e", script]);
}

test("every packet without a DSCP gets the level's, except those for DNS, neighbour discovery and the node", {
  skip,
}, async () => {
  await right("ip", ["address", "add", "10.99.0.77/32", "dev", "eth0"]);
  await right("ip", ["address", "add", "fd99::77/128", "dev", "eth0", "nodad"]);
  assert.deepEqual((await applyPod(left, program)).changed, ["nft chain of the pod", "net.ipv4.tcp_reflect_tos"]);
  await startProbe(right);
  for (const host of ["10.99.0.2", "fd99::2", "10.99.0.77", "fd99::77"]) {
    await send(left, host, 9);
    await send(left, host, 53);
  }
  const counts = await seen(right);
  assert.deepEqual(Object.fromEntries(Object.entries(counts).filter(([name]) => name.startsWith("udp"))), {
    "udp ip marked": 1,
    "udp ip unmarked": 1,
    "udp53 ip unmarked": 2,
    "udp ip6 marked": 1,
    "udp ip6 unmarked": 1,
    "udp53 ip6 unmarked": 2,
  });
  assert.equal(counts["ndp ip6 marked"], undefined);
});

test("a connection has the level's DSCP from its SYN on, and so have the responses of a pod that reflects", {
  skip,
}, async () => {
  await applyPod(left, program);
  await applyPod(right, { exempt: [], dscps: [8] });
  await startProbe(left);
  await startProbe(right);
  server = spawn(
    "nsenter",
    [`--net=/run/netns/${pair!.rightName}`, process.execPath, peer, "serve", "9000", "100000"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await once(server.stdout!, "data");
  for (const host of ["10.99.0.2", "fd99::2"])
    assert.equal(Number(await left(process.execPath, [peer, "fetch", host, "9000"])), 100_000);
  const [there, back] = [await seen(right), await seen(left)];
  assert.ok(there["syn ip marked"] === 1 && there["syn ip6 marked"] === 1, JSON.stringify(there));
  assert.ok(back["tcp ip marked"]! > 1 && back["tcp ip6 marked"]! > 1, JSON.stringify(back));
  for (const counts of [there, back])
    assert.deepEqual(
      Object.keys(counts).filter((name) => /^(syn|tcp) .* unmarked$/.test(name)),
      [],
    );
});

test("a DSCP is read back as it was set, whether or not nft has a name for it, and is changed in place", {
  skip,
}, async () => {
  for (const name of ["DF", "LE", "AF11", "CS5", "EF"]) {
    const marked = { ...program, mark: { level: name.toLowerCase(), dscp: dscpValue(name) } };
    assert.ok((await applyPod(left, marked)).changed.includes("nft chain of the pod"), name);
    assert.deepEqual((await applyPod(left, marked)).changed, [], name);
  }
  assert.deepEqual((await applyPod(left, { exempt: [], dscps: [8] })).changed, ["nft chain of the pod"]);
});

test("drift is repaired", { skip }, async () => {
  await applyPod(left, program);
  for (const drift of [
    "add rule inet expedite from-pod counter",
    "flush chain inet expedite from-pod",
    "insert rule inet expedite from-pod ip dscp != 0 return",
    "delete table inet expedite",
  ]) {
    await left("nft", drift.split(" "));
    assert.deepEqual((await applyPod(left, program)).changed, ["nft chain of the pod"], drift);
  }
  await left("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "0\n");
  assert.deepEqual((await applyPod(left, program)).changed, ["net.ipv4.tcp_reflect_tos"]);
  // The record of the sysctl's previous value was in the table, so after that the removal leaves the sysctl as it finds it.
  await remove(left);
  assert.equal((await left("cat", ["/proc/sys/net/ipv4/tcp_reflect_tos"])).trim(), "1");
  await left("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "0\n");
});

test("marks stay when the last link of the namespace is removed, and the mark decides the class", {
  skip,
}, async () => {
  const before = await left("nft", ["list", "ruleset"]);
  await applyPod(left, program);
  await apply(left, twoLevels());
  await send(left, "10.99.0.2", 9);
  const classes = await left("tc", ["-s", "class", "show", "dev", "eth0", "classid", "7a1:20"]);
  assert.match(classes, /class htb 7a1:20 [\s\S]*Sent [1-9]\d* bytes [1-9]/);
  await removeDevice(left, "eth0");
  assert.deepEqual((await applyPod(left, program)).changed, []);
  await remove(left);
  assert.equal(await left("nft", ["list", "ruleset"]), before);
  assert.equal((await left("cat", ["/proc/sys/net/ipv4/tcp_reflect_tos"])).trim(), "0");
});
