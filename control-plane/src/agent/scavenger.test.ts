// The agent's reconcile loads the scavenger while a level asks for it, gives it to connections, says why where the kernel refuses, and takes all
// of it away again: in real namespaces, under a name of the test's own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { agentNode, desired, kernelState } from "../../test/agent-node.ts";
import { scavengerCopy, withoutStructOps } from "../../test/scavenger-object.ts";
import { withoutNamespaces } from "../../test/veth-pair.ts";
import { CommandError, inNamespace, type Run } from "../node/namespace.ts";
import { removeScavenger } from "../node/scavenger.ts";
import { nodeStatus } from "./node-status.ts";
import { type NodeOptions, nodeReconciler } from "./reconcile-node.ts";
import { nodeScavenger } from "./scavenger.ts";

const here = inNamespace(undefined)!;
const copy = scavengerCopy();
const object = copy.object("0000a");
const { name } = copy;
const noNamespaces = await withoutNamespaces();
const skip = noNamespaces === false ? await withoutStructOps(object) : noNamespaces;
const node = noNamespaces === false ? await agentNode("scav") : undefined;
after(async () => {
  if (skip === false) await removeScavenger(here, object);
  copy.remove();
  await node?.remove();
});

const asking = desired(undefined, "Enforce", { congestionControl: "scavenger" });
const off = desired(undefined, "Disabled", { congestionControl: "scavenger" });
const available = (): string => readFileSync("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8");
const reconciler = (more: Partial<NodeOptions> = {}) =>
  nodeReconciler({ host: node!.host, folder: node!.there.folder, interval: 60_000, scavenger: object, ...more });

async function state(): Promise<string> {
  const { host, pair } = node!;
  return (await Promise.all([host, pair.left, pair.right].map(kernelState))).join("\n---\n");
}

/** What b/db-0, which the label makes yield in everything, opens to a/db-0. */
async function connection(): Promise<string> {
  const { pair } = node!;
  const accept =
    'require("node:net").createServer((s) => s.on("error", () => {})).listen(82, () => console.log("listening"))';
  const open = 'const s = require("node:net").connect(82, "10.99.0.1", () => console.log("open"))';
  const start = (side: string, code: string) =>
    spawn("nsenter", [`--net=/run/netns/${side}`, process.execPath, "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  const server = start(pair.leftName, accept);
  await once(server.stdout, "data");
  const client = start(pair.rightName, open);
  await once(client.stdout, "data");
  const found = await pair.right("ss", ["-Htin", "state", "established"]);
  for (const process of [client, server]) process.kill();
  await Promise.all([once(client, "close"), once(server, "close")]);
  return found;
}

test("it is loaded for a level that asks, connections get it, and the node is as before when none asks any more", {
  skip,
}, async () => {
  await removeScavenger(here, object);
  const before = await state();
  const reconcile = reconciler();
  const first = await reconcile(asking);
  assert.deepEqual(first.scavenger, { algorithm: name, changed: [`TCP congestion control ${name}`] });
  assert.deepEqual(first.problems, []);
  assert.deepEqual(nodeStatus(first, {}).congestionControl, { name });
  assert.match(await connection(), new RegExp(`\\b${name}\\b`));
  const again = await reconciler()(asking);
  assert.deepEqual(again.scavenger, { algorithm: name, changed: [] });
  assert.deepEqual(
    again.pods.flatMap((pod) => ("changed" in pod ? pod.changed : [pod.problem])),
    [],
  );

  // Somebody unregisters it: connections are opened all the same, and the next reconcile loads it again.
  await removeScavenger(here, object);
  assert.doesNotMatch(await connection(), new RegExp(`\\b${name}\\b`));
  assert.deepEqual((await reconcile(asking)).scavenger, first.scavenger);
  assert.match(await connection(), new RegExp(`\\b${name}\\b`));

  // The level does not ask any more: links and marks stay.
  const less = await reconcile(desired());
  assert.equal(less.scavenger, undefined);
  assert.ok(less.removed.includes(`TCP congestion control ${name} (${name}_0000a)`), less.removed.join());
  assert.doesNotMatch(available(), new RegExp(`\\b${name}\\b`));
  assert.deepEqual(
    less.links.map((link) => "reason" in link),
    [false, false, false],
  );

  // And once more, for an agent that knows of nothing.
  await reconcile(asking);
  const removed = await reconciler()(off);
  assert.deepEqual(removed.problems, []);
  assert.equal(nodeStatus(removed, {}).isRemoved, true);
  assert.doesNotMatch(available(), new RegExp(`\\b${name}\\b`));
  assert.equal(await state(), before);
});

/** As bpftool fails where it may not load, and on a kernel without BTF. */
for (const [reason, stderr] of [
  ["NotPermitted", "Error: can't get next map: Operation not permitted"],
  ["BtfMissing", "libbpf: kernel BTF is missing at '/sys/kernel/btf/vmlinux', was CONFIG_DEBUG_INFO_BTF enabled?"],
  ["ToolMissing", "spawn bpftool ENOENT"],
] as const)
  test(`a node that cannot load it says ${reason}, and everything else is in order`, {
    skip: noNamespaces,
  }, async (t) => {
    if (skip === false) await removeScavenger(here, object);
    const host: Run = async (command, args, input) => {
      if (command === "bpftool" && (reason !== "BtfMissing" || args[1] === "register"))
        throw new CommandError([command, ...args], stderr);
      return command === "bpftool" ? "" : node!.host(command, args, input);
    };
    const reconcile = reconciler({ host });
    t.after(() => reconcile(off));
    const found = await reconcile(asking);
    assert.ok(found.scavenger !== undefined && "reason" in found.scavenger && found.scavenger.reason === reason);
    assert.deepEqual([found.problems, found.links.filter((link) => "reason" in link)], [[], []]);
    const { congestionControl, worst } = nodeStatus(found, {});
    assert.equal(congestionControl?.reason, reason);
    assert.equal(congestionControl.name, available().includes("vegas") ? "vegas" : undefined);
    assert.equal(worst, `scavenger: ${reason}`);
  });

test("a kernel that refuses is asked again after a while only", { skip: noNamespaces }, async () => {
  let calls = 0;
  let time = 0;
  const run: Run = async (command, args) => {
    calls++;
    throw new CommandError([command, ...args], "Operation not permitted");
  };
  const scavenger = nodeScavenger({ run, object: copy.object("0000b"), retry: 100, now: () => time });
  await scavenger.load();
  await scavenger.load();
  assert.equal(calls, 1);
  time = 100;
  await scavenger.load();
  assert.equal(calls, 2);
});

test("without its object, the node says so, and nothing is removed", { skip: noNamespaces }, async () => {
  const scavenger = nodeScavenger({ run: here, object: "/absent.o", retry: 100, now: () => 0 });
  const found = await scavenger.load();
  assert.equal("reason" in found && found.reason, "ObjectMissing");
  assert.deepEqual(await scavenger.remove(), { removed: [] });
});
