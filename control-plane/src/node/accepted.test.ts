// Connections that a namespace accepted before its answers were marked: recorded while they live, and answered with the mark of their peer.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { kernelState } from "../../test/agent-node.ts";
import { twoLevels } from "../../test/two-levels.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { acceptedConnections } from "./accepted.ts";
import { type AppliedNamespace, applyNamespace } from "./apply-namespace.ts";
import type { NamespaceProgram } from "./differences.ts";
import type { Run } from "./namespace.ts";
import { readNamespace } from "./read-namespace.ts";
import { remove } from "./remove.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("acc") : undefined;
const none: Run = () => Promise.reject(new Error("skipped"));
const { left, right } = pair ?? { left: none, right: none };
const children = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  if (pair !== undefined) await remove(right);
});
after(() => pair?.remove());

const peer = fileURLToPath(new URL("../../test/echo-peer.mjs", import.meta.url));
const wanted: NamespaceProgram = {
  pod: { exempt: [], dscps: [4, 8] },
  links: [{ program: twoLevels(), device: "eth0" }],
};

async function apply(program = wanted): Promise<AppliedNamespace> {
  const programs = program.links.map((link) => link.program);
  return applyNamespace(right, program, { state: await readNamespace(right, programs), kernel: {} });
}

async function start(end: "left" | "right", ...args: readonly string[]): Promise<ChildProcess> {
  const name = end === "left" ? pair!.leftName : pair!.rightName;
  const child = spawn("nsenter", [`--net=/run/netns/${name}`, process.execPath, peer, ...args]);
  children.add(child);
  await once(child.stdout, "data");
  return child;
}

/** Marks what the left end sends to port 9001 with CS1, to 9002 with LE, and counts what comes back, by port and mark. */
async function startProbe(): Promise<void> {
  const families = ["ip", "ip6"] as const;
  const marks = families.flatMap((family) => [
    `add rule inet probe out tcp dport { 9001, 9011 } ${family} dscp set cs1`,
    `add rule inet probe out tcp dport 9002 ${family} dscp set 1`,
  ]);
  const counters = families.flatMap((family) =>
    [9001, 9011, 9002, 9003].flatMap((port) =>
      [8, 1, 0].map(
        (dscp) => `add rule inet probe in tcp sport ${port} ${family} dscp ${dscp} counter comment "${port}/${dscp}"`,
      ),
    ),
  );
  const chains = [
    "add chain inet probe out { type filter hook postrouting priority -20; }",
    "add chain inet probe in { type filter hook prerouting priority -300; }",
  ];
  const lines = [
    "add table inet probe",
    "delete table inet probe",
    "add table inet probe",
    ...chains,
    ...marks,
    ...counters,
  ];
  await left("nft", ["-f", "-"], `${lines.join("\n")}\n`);
}

/** The answers of a quarter of a second, by `port/DSCP`. */
async function answers(): Promise<Readonly<Record<string, number>>> {
  const chain = ["inet", "probe", "in"];
  const read = async (): Promise<Map<string, number>> => {
    const text = await left("nft", ["list", "chain", ...chain]);
    const sums = new Map<string, number>();
    for (const [, packets, key] of text.matchAll(/counter packets (\d+) bytes \d+ comment "(\S+)"/g))
      sums.set(key!, (sums.get(key!) ?? 0) + Number(packets));
    return sums;
  };
  const before = await read();
  await sleep(250);
  const now = await read();
  return Object.fromEntries(
    [...now].map(([key, count]) => [key, count - before.get(key)!]).filter(([, count]) => count !== 0),
  );
}

test("answers on connections accepted before take the mark of their peer's packets, and the record lasts as long as they", {
  skip,
}, async () => {
  const program: NamespaceProgram = { ...wanted, pod: { exempt: [], dscps: [1, 8] } };
  const untouched = await kernelState(right);
  await startProbe();
  for (const port of ["9001", "9002", "9003"]) await start("right", "serve", port);
  // As Istio does it: what arrives for an application is accepted by the proxy on another port.
  await right(
    "nft",
    ["-f", "-"],
    "add table ip sidecar\nadd chain ip sidecar c { type nat hook prerouting priority -100; }\nadd rule ip sidecar c tcp dport 9011 redirect to :9001\n",
  );
  const talk = [
    await start("left", "talk", "10.99.0.2", "9001"),
    await start("left", "talk", "fd99::2", "9001"),
    await start("left", "talk", "10.99.0.2", "9011"),
    await start("left", "talk", "fd99::2", "9002"),
    await start("left", "talk", "10.99.0.2", "9003"),
  ];
  assert.deepEqual(Object.keys(await answers()).sort(), ["9001/0", "9002/0", "9003/0", "9011/0"]);
  const first = await apply(program);
  assert.ok(!(first.pod instanceof Error), String(first.pod));
  assert.equal(first.pod?.connectionsBefore, 5);
  // The peer's next packet tells the mark.
  await sleep(100);
  assert.deepEqual(Object.keys(await answers()).sort(), ["9001/8", "9002/1", "9003/0", "9011/8"]);
  // Without any memory, they are still known, and nothing is changed.
  assert.deepEqual((await apply(program)).pod, { changed: [], connectionsBefore: 5 });
  talk[0]!.kill("SIGKILL");
  talk[3]!.kill("SIGKILL");
  await sleep(100);
  assert.deepEqual((await apply(program)).pod, { changed: [], connectionsBefore: 3 });
  // A later connection is no part of it.
  await start("left", "talk", "fd99::2", "9001");
  assert.deepEqual((await apply(program)).pod, { changed: [], connectionsBefore: 3 });
  // Another ladder: its marks.
  const other = { ...program, pod: { exempt: [], dscps: [8] } };
  assert.deepEqual((await apply(other)).pod, { changed: [], connectionsBefore: 3 });
  assert.deepEqual(Object.keys(await answers()).sort(), ["9001/8", "9003/0", "9011/8"]);
  for (const child of talk) child.kill("SIGKILL");
  await sleep(100);
  assert.deepEqual((await apply(other)).pod, { changed: [] });
  assert.doesNotMatch(await right("nft", ["list", "table", "inet", "expedite"]), /accepted/);
  await remove(right);
  await right("nft", ["delete", "table", "ip", "sidecar"]);
  assert.equal(await kernelState(right), untouched);
});

test("accepted connections are those on a listening port, from other machines", () => {
  const sockets = `LISTEN 0      511    *:9080        *:*
ESTAB  0      0      [::ffff:10.0.0.2]:9080 [::ffff:10.0.0.9]:40000
ESTAB  0      0      10.0.0.2:51000   10.0.0.3:9080
ESTAB  0      0      [fd00::2]:9080   [fd00:0::9]:40002
ESTAB  0      0      127.0.0.1:9080   127.0.0.1:40003
ESTAB  0      0      [::1]:9080       [::1]:40003
TIME-WAIT 0   0      10.0.0.2:9080    10.0.0.3:40001
`;
  assert.deepEqual(acceptedConnections(sockets), ["10.0.0.9 . 40000 . 9080", "fd00::9 . 40002 . 9080"]);
  assert.deepEqual(acceptedConnections(""), []);
});
