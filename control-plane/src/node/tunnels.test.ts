// Real VXLAN over IPv4 and IPv6: outer packets have the class and the DSCP of the packet inside, and removal leaves no trace.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { markingRules, outerPackets, sendDatagrams, startProbe, vxlan } from "../../test/tunnel.ts";
import { twoLevels } from "../../test/two-levels.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { apply } from "./apply.ts";
import { inNamespace, type Run } from "./namespace.ts";
import { observe } from "./observe.ts";
import { remove } from "./remove.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("tun") : undefined;
const none: Run = () => Promise.reject(new Error("skipped"));
const { left, right } = pair ?? { left: none, right: none };
let server: ChildProcess | undefined;

/** One tunnel for each family of the outer header, and for each of VXLAN's ports. */
const tunnels = [
  { device: "vxlan4", port: 4789, local: "10.99.0.1", remote: "10.99.0.2", net: 4 },
  { device: "vxlan6", port: 8472, local: "fd99::1", remote: "fd99::2", net: 6 },
] as const;
/** The right end inside each tunnel, in both families. */
const inside = tunnels.flatMap(({ net, port }) => [
  { host: `10.88.${net}.2`, port },
  { host: `fd88:${net}::2`, port },
]);
const marking = twoLevels({ markTunnels: true });

before(async () => {
  if (pair === undefined) return;
  for (const tunnel of tunnels) await vxlan(left, right, tunnel);
  await left("nft", ["-f", "-"], markingRules);
});
afterEach(async () => {
  if (pair !== undefined) await remove(left);
});
after(async () => {
  server?.kill();
  await pair?.remove();
});

async function counted(): Promise<{ readonly [level: string]: number }> {
  const seen = await observe(left, marking);
  assert.ok(!("problem" in seen) && seen.inSync);
  return Object.fromEntries(seen.levels.map(({ level, packets }) => [level, packets]));
}

/** What the node program can change, as the kernel reports it. */
async function state(): Promise<string> {
  const commands = ["tc qdisc show", "tc class show dev eth0", "nft list ruleset", "sysctl"];
  const parts = commands.map(async (line) => {
    const [command, ...args] = line === "sysctl" ? ["cat", "/proc/sys/net/ipv4/tcp_reflect_tos"] : line.split(" ");
    return left(command!, args);
  });
  return (await Promise.all(parts)).join("\n");
}

test("all of batch's outer packets and none of interactive's are marked, and are in their level's class", {
  skip,
}, async () => {
  await apply(left, marking);
  for (const { host, port } of inside)
    for (const [level, other, marked] of [
      ["batch", "interactive", true],
      ["interactive", "batch", false],
    ] as const) {
      await startProbe(right, port);
      const before = await counted();
      await sendDatagrams(left, host, { count: 50, marked });
      const after = await counted();
      const where = `${level} to ${host}`;
      assert.deepEqual(
        await outerPackets(right, 50),
        marked ? { marked: 50, unmarked: 0 } : { marked: 0, unmarked: 50 },
        where,
      );
      assert.ok(after[level]! - before[level]! >= 50, where);
      // Neighbour discovery is unmarked at any time.
      if (other === "batch") assert.equal(after[other]! - before[other]!, 0, where);
    }
});

test("without markTunnels outer packets are unmarked and in the default class, and with it from then on marked", {
  skip,
}, async () => {
  for (const [program, count] of [
    [twoLevels(), 0],
    [marking, 20],
    [twoLevels(), 0],
  ] as const) {
    await apply(left, program);
    await startProbe(right, 4789);
    await sendDatagrams(left, "10.88.4.2", { count: 20, marked: true });
    assert.deepEqual(await outerPackets(right, 20), { marked: count, unmarked: 20 - count });
  }
});

test("a TCP stream through each tunnel arrives whole, in packets that are all marked", { skip }, async () => {
  await apply(left, marking);
  const peer = fileURLToPath(new URL("../../test/tcp-peer.mjs", import.meta.url));
  const bytes = 3_000_000;
  const inLeft = [`--net=/run/netns/${pair!.leftName}`, process.execPath, peer, "serve", "9000", String(bytes)];
  server = spawn("nsenter", inLeft, { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout!, "data");
  for (const { net, port } of tunnels)
    for (const host of [`10.88.${net}.1`, `fd88:${net}::1`]) {
      await startProbe(right, port);
      assert.equal(Number(await right(process.execPath, [peer, "fetch", host, "9000"])), bytes);
      const { marked, unmarked } = await outerPackets(right, 1);
      assert.ok(marked > 10 && unmarked === 0, `${host}: ${marked} marked, ${unmarked} not`);
    }
});

test("packets that no netfilter of the node has seen are marked too, as eBPF sends them", { skip }, async (t) => {
  const here = inNamespace(undefined)!;
  await here("ip", ["netns", "add", "xp-tun-pod"]);
  t.after(() => here("ip", ["netns", "delete", "xp-tun-pod"]));
  const pod = inNamespace("xp-tun-pod")!;
  await left("ip", "link add pod0 type veth peer name eth0 netns xp-tun-pod".split(" "));
  await left("ip", ["link", "set", "pod0", "up"]);
  await pod("ip", ["link", "set", "eth0", "up"]);
  await pod("ip", ["address", "add", "10.77.0.1/24", "dev", "eth0"]);
  await pod("ip", ["neighbour", "add", "10.77.0.2", "lladdr", "02:00:00:00:00:02", "dev", "eth0"]);
  await pod("nft", ["-f", "-"], markingRules);
  await left("tc", ["qdisc", "add", "dev", "pod0", "clsact"]);
  const redirect = "filter add dev pod0 ingress protocol ip u32 match u32 0 0 action mirred egress redirect dev vxlan4";
  await left("tc", redirect.split(" "));
  await apply(left, marking);
  await startProbe(right, 4789);
  await sendDatagrams(pod, "10.77.0.2", { count: 20, marked: true });
  assert.deepEqual(await outerPackets(right, 20), { marked: 20, unmarked: 0 });
});

test("packets to a dedicated replica behind the tunnel have its level, and a mark outweighs the address", {
  skip,
}, async () => {
  for (const { host, port } of inside)
    for (const [level, marked, expected] of [
      ["batch", false, { marked: 20, unmarked: 0 }],
      ["interactive", true, { marked: 20, unmarked: 0 }],
      ["interactive", false, { marked: 0, unmarked: 20 }],
    ] as const) {
      await apply(left, twoLevels({ markTunnels: true, dedicated: { [level]: [host, "10.1.2.3", "fd00::1"] } }));
      await startProbe(right, port);
      await sendDatagrams(left, host, { count: 20, marked });
      assert.deepEqual(await outerPackets(right, 20), expected, `${level} to ${host}`);
    }
});

test("Geneve's packets are marked, with OVN's option and without options", { skip }, async () => {
  await apply(left, marking);
  const ethernet = (type: string): string => `020000000002020000000001${type}`;
  for (const [options, header] of [
    [0, "0000655800000100"],
    [2, "020065580000010001028001000a0014"],
  ] as const)
    for (const [dscp, expected] of [
      [8, { marked: 1, unmarked: 0 }],
      [0, { marked: 0, unmarked: 1 }],
    ] as const)
      for (const [family, frame] of [
        ["IPv4", `${ethernet("0800")}45${hexByte(dscp << 2)}`],
        ["IPv6", `${ethernet("86dd")}6${hexByte(dscp << 2)}0`],
      ])
        for (const host of ["10.99.0.2", "fd99::2"]) {
          await startProbe(right, 6081);
          await sendDatagrams(left, host, { count: 1, port: 6081, payload: `${header}${frame}` });
          assert.deepEqual(
            await outerPackets(right, 1),
            expected,
            `${family} with ${options} words of options to ${host}`,
          );
        }
});

test("a device of Geneve", { skip }, async (t) => {
  const add = "link add gen type geneve id 7 remote 10.99.0.2";
  try {
    await left("ip", add.split(" "));
  } catch (error) {
    return t.skip(`this kernel has no Geneve, so only hand-made packets are tested: ${(error as Error).message}`);
  }
  await left("ip", ["link", "set", "gen", "up"]);
  await left("ip", ["address", "add", "10.66.0.1/24", "dev", "gen"]);
  await left("ip", ["neighbour", "add", "10.66.0.2", "lladdr", "02:00:00:00:00:02", "dev", "gen"]);
  await apply(left, marking);
  await startProbe(right, 6081);
  await sendDatagrams(left, "10.66.0.2", { count: 20, marked: true });
  await left("ip", ["link", "del", "gen"]);
  assert.deepEqual(await outerPackets(right, 20), { marked: 20, unmarked: 0 });
});

test("removal leaves the namespace as it was, byte by byte", { skip }, async () => {
  const untouched = await state();
  await apply(left, marking);
  assert.deepEqual(await apply(left, marking), { link: "ratings", device: "eth0", changed: [] });
  await remove(left);
  assert.equal(await state(), untouched);
});

test("a rule of the tunnels that is gone or foreign is noticed and repaired", { skip }, async () => {
  await apply(left, marking);
  for (const drift of [
    "add rule inet expedite to-eth0 udp dport 4789 @th,248,6 0x8 meta priority set 7a1:10",
    "add rule inet expedite to-eth0 udp dport 4789 @th,248,8 & 0x84 == 0x4 return",
    "flush chain inet expedite to-eth0",
  ]) {
    await left("nft", drift.split(" "));
    const result = await apply(left, marking);
    assert.deepEqual("problem" in result ? result.problem : result.changed, ["nft chain of eth0"], drift);
  }
});

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
