// The scavenger is loaded into this machine's kernel, used by a connection, replaced and removed, under a name of the test's own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { scavengerCopy, withoutStructOps } from "../../test/scavenger-object.ts";
import { vethPair } from "../../test/veth-pair.ts";
import { CommandError, inNamespace, type Run } from "./namespace.ts";
import { loadScavenger, removeScavenger } from "./scavenger.ts";

const run = inNamespace(undefined)!;
const { name, object, remove: removeCopy } = scavengerCopy();
const first = object("00001");
const available = (): string => readFileSync("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8");
const skip = await withoutStructOps(first);

after(async () => {
  if (skip === false) await removeScavenger(run, first);
  removeCopy();
});

test("the kernel lists what was loaded, and a second load changes nothing", { skip }, async () => {
  const listed = await run("bpftool", ["struct_ops", "list"]);
  assert.match(listed, new RegExp(`${name}_00001 `));
  assert.match(available(), new RegExp(`\\b${name}\\b`));
  assert.deepEqual(await loadScavenger(run, first), { loaded: name, changed: false });
  assert.equal(await run("bpftool", ["struct_ops", "list"]), listed);
});

test("any socket may ask for it, and a connection works with it", { skip }, async (t) => {
  assert.match(readFileSync("/proc/sys/net/ipv4/tcp_allowed_congestion_control", "utf8"), new RegExp(`\\b${name}\\b`));
  const { left, right, leftName, remove } = await vethPair("scavenger");
  t.after(remove);
  const peer = new URL("../../test/tcp-peer.mjs", import.meta.url).pathname;
  await left("ip", ["route", "change", "10.99.0.0/24", "dev", "eth0", "src", "10.99.0.1", "congctl", name]);
  const server = spawn("nsenter", [`--net=/run/netns/${leftName}`, process.execPath, peer, "serve", "80", "400000000"]);
  t.after(() => server.kill());
  await once(server.stdout, "data");
  const fetched = right(process.execPath, [peer, "fetch", "10.99.0.1", "80"]);
  const seen = new Set<string>();
  const watch = (async () => {
    for (let isOver = false; !isOver; isOver = (await Promise.race([fetched, undefined])) !== undefined)
      for (const [algorithm] of (await left("ss", ["-Htin"])).matchAll(/\bsc[0-9a-f]{7}\b/g)) seen.add(algorithm);
  })();
  assert.equal(await fetched, "400000000\n");
  await watch;
  assert.deepEqual([...seen], [name]);
});

test("what was removed while a connection uses it is loaded again", { skip }, async (t) => {
  const { left, leftName, rightName, remove } = await vethPair("again");
  t.after(remove);
  const peer = new URL("../../test/echo-peer.mjs", import.meta.url).pathname;
  const start = async (namespace: string, ...args: readonly string[]): Promise<void> => {
    const program = spawn("nsenter", [`--net=/run/netns/${namespace}`, process.execPath, peer, ...args]);
    t.after(() => program.kill());
    await once(program.stdout, "data");
  };
  await left("ip", ["route", "change", "10.99.0.0/24", "dev", "eth0", "src", "10.99.0.1", "congctl", name]);
  await start(leftName, "serve", "80");
  await start(rightName, "talk", "10.99.0.1", "80");
  await removeScavenger(run, first);
  assert.match(await left("ss", ["-Htin", "state", "established"]), new RegExp(`\\b${name}\\b`));
  assert.doesNotMatch(available(), new RegExp(`\\b${name}\\b`));
  assert.match(await run("bpftool", ["struct_ops", "list"]), new RegExp(`${name}_00001 `));
  assert.deepEqual(await loadScavenger(run, first), { loaded: name, changed: true });
  assert.deepEqual(await loadScavenger(run, first), { loaded: name, changed: false });
  const removed = [`TCP congestion control ${name} (${name}_00001)`];
  assert.deepEqual(await removeScavenger(run, first), { removed });
  assert.deepEqual(await removeScavenger(run, first), { removed: [] });
  assert.deepEqual(await loadScavenger(run, first), { loaded: name, changed: true });
  assert.deepEqual(await loadScavenger(run, object("00002")), { loaded: name, changed: true });
});

test("another version takes its place", { skip }, async () => {
  await loadScavenger(run, object("00002"));
  const listed = await run("bpftool", ["struct_ops", "list"]);
  assert.match(listed, new RegExp(`${name}_00002 `));
  assert.doesNotMatch(listed, new RegExp(`${name}_00001 `));
});

test("removal leaves nothing, and a second removal finds nothing", { skip }, async () => {
  const removed = [`TCP congestion control ${name} (${name}_00002)`];
  assert.deepEqual(await removeScavenger(run, first), { removed });
  assert.doesNotMatch(available(), new RegExp(`\\b${name}\\b`));
  assert.deepEqual(await removeScavenger(run, first), { removed: [] });
});

test("a file that is no BPF object of this kind, or is not there, is a reason", async () => {
  for (const [file, problem] of [
    [import.meta.filename, /names no congestion control$/],
    ["absent.o", /^ENOENT: /],
  ] as const)
    for (const act of [loadScavenger, removeScavenger]) {
      const result = await act(run, file);
      assert.ok("reason" in result && result.reason === "ObjectMissing");
      assert.match(result.problem, problem);
    }
});

const calls = { "struct_ops list": ["struct_ops", "list"], "struct_ops register": ["struct_ops", "register"] };

/** As bpftool fails where each is measured: without the program, as an ordinary user, on a kernel without BTF. */
for (const [reason, call, stderr] of [
  ["ToolMissing", "struct_ops list", "spawn bpftool ENOENT"],
  ["NotPermitted", "struct_ops list", "Error: can't get next map: Operation not permitted"],
  ["BtfMissing", "struct_ops register", "libbpf: kernel BTF is missing at '/sys/kernel/btf/vmlinux'"],
  ["Refused", "struct_ops register", "libbpf: load bpf program failed: Invalid argument"],
  ["Failed", "struct_ops list", "Error: can't get map info"],
] as const)
  test(`a node without the scavenger says why: ${reason}`, async () => {
    const failing: Run = async (command, args) => {
      if (calls[call].every((word, index) => args[index] === word)) throw new CommandError([command, ...args], stderr);
      return "";
    };
    const result = await loadScavenger(failing, first);
    assert.ok("reason" in result && result.problem.includes(stderr));
    assert.equal(result.reason, reason);
  });

test("an ordinary user may not load it, whatever it may in its user namespace", {
  skip: skip !== false && skip,
}, async () => {
  const mapped: Run = (command, args, input) => run("unshare", ["--user", "--map-root-user", command, ...args], input);
  const result = await loadScavenger(mapped, object("00003"));
  assert.equal("reason" in result && result.reason, "NotPermitted");
});
