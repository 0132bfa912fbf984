// The node program in real namespaces: applied, applied again, changed, refused, drifted, failed halfway, removed.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { twoLevels } from "../../test/two-levels.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { type AppliedLink, apply } from "./apply.ts";
import type { Run } from "./namespace.ts";
import { observe } from "./observe.ts";
import { remove } from "./remove.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("apply") : undefined;
const run: Run = pair?.left ?? (() => Promise.reject(new Error("skipped")));
afterEach(async () => {
  if (pair === undefined) return;
  await remove(run);
  // What a failed test left behind must not make the next one fail.
  for (const leftover of ["tc qdisc del dev eth0 root", "ip link del eth1.9"]) {
    const [command, ...args] = leftover.split(" ");
    await run(command!, args).catch(() => undefined);
  }
});
after(() => pair?.remove());

const program = twoLevels();

async function applied(to = program): Promise<AppliedLink> {
  const result = await apply(run, to);
  assert.ok(!("problem" in result), "problem" in result ? result.problem : "");
  return result;
}

async function seen(of = program) {
  const result = await observe(run, of);
  assert.ok(!("problem" in result), "problem" in result ? result.problem : "");
  return result;
}

async function sendDatagram(): Promise<void> {
  const send = 'const s = require("node:dgram").createSocket("udp4"); s.send("x", 9, "10.99.0.2", () => s.close())';
  await run(process.execPath, ["-e", send]);
}

/** Everything that the node program can change, as the kernel reports it, without counters and handles of nft. */
async function state(): Promise<string> {
  const parts = [
    // For a foreign HTB the kernel prints how many packets bypassed its classes, as neighbour discovery may at any time.
    (await run("tc", ["qdisc", "show"])).replace(/direct_packets_stat \d+/g, ""),
    // The kernel lists classes by hash.
    (await run("tc", ["class", "show", "dev", "eth0"])).split("\n").sort().join("\n"),
    await run("nft", ["list", "ruleset"]),
    await run("cat", ["/proc/sys/net/ipv4/tcp_reflect_tos"]),
  ];
  return parts.join("\n");
}

test("sets everything once, and then finds nothing to change", { skip }, async () => {
  const untouched = await state();
  const first = await applied();
  assert.ok(first.changed.includes("qdisc htb 7a1: (add)"));
  assert.equal(first.connectionsBefore, undefined);
  const after = await state();
  assert.deepEqual((await applied()).changed, []);
  assert.equal(await state(), after);

  const { inSync, tcpReflectTos, leaf, levels } = await seen();
  assert.deepEqual({ inSync, tcpReflectTos }, { inSync: true, tcpReflectTos: true });
  assert.match(leaf, /^(fq_codel|pfifo)$/);
  assert.deepEqual(
    levels.map(({ level, classid, rate, ceil }) => ({ level, classid, rate, ceil })),
    [
      { level: "interactive", classid: "7a1:10", rate: 95_000_000, ceil: 100_000_000 },
      { level: "batch", classid: "7a1:20", rate: 5_000_000, ceil: 100_000_000 },
    ],
  );

  assert.equal((await remove(run)).length, 3);
  assert.equal(await state(), untouched);
  assert.deepEqual(await remove(run), []);
});

test("a change of rates keeps classes, queues and counters", { skip }, async () => {
  await applied();
  await sendDatagram();
  const before = (await seen()).levels[0]!.packets;
  const faster = twoLevels({ rate: 200_000_000 });
  assert.deepEqual((await applied(faster)).changed, ["class 7a1:1", "class 7a1:10", "class 7a1:20"]);
  const { inSync, levels } = await seen(faster);
  assert.ok(inSync);
  assert.equal(levels[1]!.rate, 10_000_000);
  assert.ok(levels[0]!.packets >= before && before > 0, `${before} packets before, ${levels[0]!.packets} after`);
});

test("a foreign root qdisc is refused and stays as it is", { skip }, async () => {
  for (const line of ["root handle 1: tbf rate 1mbit burst 10k latency 10ms", "root handle 1: htb default 30"]) {
    await run("tc", ["qdisc", "add", "dev", "eth0", ...line.split(" ")]);
    const before = await state();
    await sendDatagram();
    const result = await apply(run, program);
    assert.match(
      "problem" in result ? result.problem : "",
      /^device: "eth0" has the root qdisc (tbf|htb) 1:.*tc qdisc del/,
    );
    assert.deepEqual(await remove(run), []);
    assert.equal(await state(), before);
    await run("tc", ["qdisc", "del", "dev", "eth0", "root"]);
  }
});

test("drift is noticed and repaired, and nothing else is changed", { skip }, async () => {
  await applied();
  const right = await state();
  const drifts: readonly (readonly [string, string, RegExp])[] = [
    ["a class is gone", "tc class del dev eth0 classid 7a1:20", /class 7a1:20,leaf \w+ of class 7a1:20/],
    [
      "a class too many",
      "tc class add dev eth0 parent 7a1:1 classid 7a1:30 htb rate 1mbit",
      /class 7a1:30 \(removed\)/,
    ],
    [
      "a rate",
      "tc class change dev eth0 parent 7a1:1 classid 7a1:10 htb prio 0 rate 9mbit quantum 60000",
      /^class 7a1:10$/,
    ],
    ["a leaf is gone", "tc qdisc del dev eth0 parent 7a1:20", /^leaf \w+ of class 7a1:20$/],
    [
      "another leaf",
      "tc qdisc replace dev eth0 parent 7a1:20 handle 9: bfifo limit 9000",
      /^leaf \w+ of class 7a1:20$/,
    ],
    ["a rule too many", "nft add rule inet expedite to-eth0 counter", /^nft chain of eth0$/],
    ["the rules are gone", "nft flush ruleset", /^nft chain of eth0$/],
    ["the sysctl", "sysctl -qw net.ipv4.tcp_reflect_tos=0", /^net.ipv4.tcp_reflect_tos$/],
  ];
  for (const [name, drift, changed] of drifts) {
    const [command, ...args] = drift.split(" ");
    if (command === "sysctl") await run("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "0\n");
    else await run(command!, args);
    assert.equal((await seen()).inSync, false, name);
    assert.match((await applied()).changed.join(","), changed, name);
    assert.equal((await seen()).inSync, true, name);
    assert.equal(await state(), right, name);
  }
});

test("another default level rebuilds the queue", { skip }, async () => {
  await applied();
  const other = { ...program, defaultClass: "7a1:20" };
  assert.ok((await applied(other)).changed.includes("qdisc htb 7a1: (rebuild)"));
  assert.ok((await seen(other)).inSync);
});

test("the sysctl gets its previous value back, even if the rules were flushed meanwhile", { skip }, async () => {
  const file = "/proc/sys/net/ipv4/tcp_reflect_tos";
  for (const [before, flushed] of [
    ["1", false],
    ["0", false],
    ["0", true],
  ] as const) {
    await run("tee", [file], `${before}\n`);
    await applied();
    if (flushed) await run("nft", ["flush", "ruleset"]);
    await remove(run);
    assert.equal((await run("cat", [file])).trim(), before);
  }
});

test("a failure halfway leaves nothing behind", { skip }, async () => {
  const before = await state();
  for (const broken of ["nft -f -", "tc -batch -", "write_line\n/proc/sys/net/ipv4/tcp_reflect_tos\n1"]) {
    const failing: Run = (command, args, input) =>
      [[command, ...args].join(" "), ...args].includes(broken)
        ? Promise.reject(new Error("broken"))
        : run(command, args, input);
    await assert.rejects(apply(failing, program), /^Error: broken$/);
    assert.equal(await state(), before, broken);
  }
});

test("after a kill at any command, the next apply repairs, and remove restores the previous state", {
  skip,
}, async () => {
  await run("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "1\n");
  const before = await state();
  let isDone = false;
  for (let survived = 0; !isDone; survived++) {
    let count = 0;
    // After a kill -9 nothing is undone either, so no command works from here on.
    const killed: Run = (command, args, input) =>
      count++ < survived ? run(command, args, input) : Promise.reject(new Error("killed"));
    isDone = await apply(killed, program).then(
      () => true,
      () => false,
    );
    if (survived % 2 === 0) await applied();
    if (survived % 2 === 0) assert.ok((await seen()).inSync);
    await remove(run);
    assert.equal(await state(), before, `killed after ${survived} commands`);
  }
  await run("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "0\n");
});

test("after a kill or a failure midway in a removal, the next one restores the previous state", { skip }, async () => {
  await run("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "1\n");
  const before = await state();
  let isDone = false;
  for (let survived = 0; !isDone; survived++) {
    await applied();
    let count = 0;
    const killed: Run = (command, args, input) =>
      count++ < survived ? run(command, args, input) : Promise.reject(new Error("killed"));
    isDone = await remove(killed).then(
      () => true,
      () => false,
    );
    await remove(run);
    assert.equal(await state(), before, `killed after ${survived} commands`);
  }
  await run("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "0\n");
});

test("two links in one namespace share the table, and each can be removed alone", { skip }, async () => {
  await run("ip", ["link", "add", "eth1.9", "type", "veth", "peer", "name", "peer1"]);
  const second = twoLevels({ name: "second", device: "eth1.9" });
  await applied();
  const one = await state();
  const failing: Run = (command, args, input) =>
    command === "tc" && args[0] === "-batch" ? Promise.reject(new Error("no tc")) : run(command, args, input);
  await assert.rejects(apply(failing, second), /no tc/);
  assert.equal(await state(), one);
  await applied(second);
  assert.ok((await seen()).inSync && (await seen(second)).inSync);
  assert.equal((await remove(run)).length, 4);
  await run("ip", ["link", "del", "eth1.9"]);
});

test("a missing device is named, with the existing ones", { skip }, async () => {
  assert.deepEqual(await apply(run, { ...program, device: "eth7" }), {
    reason: "DeviceNotFound",
    problem: 'device: "eth7" does not exist; there are: lo, eth0',
  });
  const { device: _, ...uplink } = program;
  const noRoute = {
    reason: "DeviceNotFound",
    problem: "device: is not set, and there is no default route to take it from",
  };
  assert.deepEqual(await apply(run, uplink), noRoute);
  // The kernel lists it with lo as its device.
  await run("ip", ["-6", "route", "add", "unreachable", "default"]);
  assert.deepEqual(await apply(run, uplink), noRoute);
  await run("ip", ["-6", "route", "del", "unreachable", "default"]);
  await run("ip", ["route", "add", "default", "dev", "eth0"]);
  assert.equal((await applied(uplink)).device, "eth0");
  await run("ip", ["route", "del", "default"]);
});
