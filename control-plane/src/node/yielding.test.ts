// Connections of some levels get their congestion control in real namespaces: opened and accepted ones, of both families, and no others;
// removal leaves nothing, and a congestion control that is gone costs no connection.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { release } from "node:os";
import { after, test } from "node:test";
import { type VethPair, vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { table } from "../render/node/node-program.ts";
import { applyYielding, removeYielding } from "./apply-yielding.ts";
import type { YieldProgram } from "./yielding.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("yields") : undefined;
after(() => pair?.remove());
const { left, right, leftName, rightName } = pair ?? ({} as VethPair);

/** Every kernel has it, and no connection here would use it by itself if the machine's is another. */
const algorithm = "reno";
const byDscp = "6.12".localeCompare(release(), "en", { numeric: true }) <= 0;
const program: YieldProgram = { algorithm, dscps: [8, 10], isWhole: false, byDscp };

/** Accepts connections of both families, and keeps them. */
const accept =
  'require("node:net").createServer((s) => s.on("error", () => {})).listen(81, "::", () => console.log("listening"))';
/** Perl, because Node cannot set a socket's DSCP before it connects. */
const open = `($host, $dscp) = @ARGV; $six = $host =~ /:/; $| = 1;
socket(S, $six ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or die $!;
setsockopt(S, $six ? 41 : 0, $six ? 67 : 1, pack("i", $dscp << 2)) or die $!;
connect(S, $six ? pack_sockaddr_in6(81, inet_pton(AF_INET6, $host)) : pack_sockaddr_in(81, inet_aton($host))) or die $!;
print "open\n"; sleep 60`;

async function setUp(): Promise<void> {
  for (const run of [left, right]) {
    await run("ip", ["route", "add", "default", "dev", "eth0"]);
    await run("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/tcp_reflect_tos"]);
    await run("nft", ["add", "table", "inet", table]);
  }
}
if (skip === false) await setUp();

const rulesOf = async (family: string): Promise<string> => left("ip", [family, "rule", "show"]);
async function kernel(): Promise<string> {
  // An address of a link's own appears when the link is up.
  const routes = (await left("ip", ["route", "show", "table", "all"])).replace(/^.*\b(fe80|ff00):.*\n/gm, "");
  const sysctl = await left("cat", ["/proc/sys/net/ipv4/tcp_fwmark_accept"]);
  return [routes, await rulesOf("-4"), await rulesOf("-6"), sysctl, await left("nft", ["list", "ruleset"])].join("\n");
}

/** The congestion control of both ends of a connection that the left pod opens, or accepts, with a DSCP. */
async function ends(opens: "left" | "right", address: string, dscp: number): Promise<readonly string[]> {
  const names = opens === "left" ? [leftName, rightName] : [rightName, leftName];
  const [opener, acceptor] = names.map((name) => `--net=/run/netns/${name}`);
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const server = spawn("nsenter", [acceptor!, process.execPath, "-e", accept], { stdio: [...stdio] });
  await once(server.stdout!, "data");
  const client = spawn("nsenter", [opener!, "perl", "-MSocket=:all", "-e", open, address, String(dscp)], {
    stdio: [...stdio],
  });
  await once(client.stdout!, "data");
  const found = await Promise.all(
    [left, right].map(
      async (run) => (await run("ss", ["-Htin", "state", "established"])).match(/\b(reno|cubic|bbr)\b/)?.[1],
    ),
  );
  client.kill();
  server.kill();
  await Promise.all([once(client, "close"), once(server, "close")]);
  return found.map((name) => name ?? "none");
}

test("routes, rules, marks and the sysctl are set once, and removal leaves the namespace as it was", {
  skip,
}, async () => {
  const before = await kernel();
  const first = await applyYielding(left, program);
  assert.ok("changed" in first);
  assert.deepEqual(first.changed, [
    "nft chain of connections that yield",
    "routes of connections that yield (IPv4)",
    "routes of connections that yield (IPv6)",
    "net.ipv4.tcp_fwmark_accept",
  ]);
  assert.deepEqual(await applyYielding(left, program), { changed: [] });
  // Whatever somebody takes away comes back, and the first value of the sysctl is still known.
  await left("ip", ["rule", "del", "priority", "19530"]);
  await left("ip", ["-6", "route", "flush", "table", "1953"]);
  await left("nft", ["delete", "chain", "inet", table, "yields"]);
  const repaired = await applyYielding(left, program);
  assert.ok("changed" in repaired);
  assert.equal(repaired.changed.length, 3);
  assert.ok((await removeYielding(left)).length > 0);
  assert.equal(await kernel(), before);
  assert.deepEqual(await removeYielding(left), []);
});

test("another program's rule of the same priority stays", { skip }, async (t) => {
  const rule = "priority 19530 from 10.98.0.0/16 lookup main".split(" ");
  await left("ip", ["rule", "add", ...rule]);
  t.after(() => left("ip", ["rule", "del", ...rule]));
  const before = await kernel();
  await applyYielding(left, program);
  await applyYielding(left, { ...program, dscps: [8] });
  await removeYielding(left);
  assert.equal(await kernel(), before);
});

test("a table that the reconcile has read is not read again; one that changed since is", { skip }, async (t) => {
  t.after(() => removeYielding(left));
  await applyYielding(left, program);
  const listing = await left("nft", ["-j", "list", "table", "inet", table]);
  let read = 0;
  const counted: typeof left = (name, args, input) => {
    read += [name, ...args].join(" ").split("nft\n-j\nlist").length - 1;
    return left(name, args, input);
  };
  for (const [isCurrent, times] of [
    [false, 1],
    [true, 0],
  ] as const) {
    read = 0;
    assert.deepEqual(await applyYielding(counted, program, { listing, isCurrent }), { changed: [] });
    assert.equal(read, times);
  }
  // What is written is read back in any case.
  const changed = await applyYielding(counted, { ...program, dscps: [8] }, { listing, isCurrent: true });
  assert.deepEqual("changed" in changed && changed.changed.at(0), "nft chain of connections that yield");
  assert.equal(read, 1);
});

test("connections of the levels get it, opened and accepted, of both families, and no others", { skip }, async (t) => {
  const [usual] = await ends("left", "10.99.0.2", 0);
  if (usual === algorithm) return t.skip(`this machine's connections use ${algorithm} anyway`);
  await applyYielding(left, program);
  t.after(() => removeYielding(left));
  for (const [ours, theirs] of [
    ["10.99.0.1", "10.99.0.2"],
    ["fd99::1", "fd99::2"],
  ] as const)
    for (const dscp of [0, 8, 10, 12]) {
      const yields = dscp === 8 || dscp === 10;
      assert.deepEqual(await ends("right", ours, dscp), [yields ? algorithm : usual, usual], `accepted, ${dscp}`);
      const opened = yields && byDscp ? algorithm : usual;
      assert.deepEqual(await ends("left", theirs, dscp), [opened, usual], `opened, ${dscp}`);
    }
});

test("a pod whose label says so yields in everything", { skip }, async (t) => {
  const [usual] = await ends("left", "10.99.0.2", 0);
  if (usual === algorithm) return t.skip(`this machine's connections use ${algorithm} anyway`);
  await applyYielding(left, { ...program, isWhole: true });
  t.after(() => removeYielding(left));
  assert.deepEqual(await ends("left", "10.99.0.2", 0), [algorithm, usual]);
  assert.deepEqual(await ends("right", "10.99.0.1", 0), [algorithm, usual]);
});

test("another program's rules by mark, or several next hops, are a reason, and nothing is changed", {
  skip,
}, async (t) => {
  await left("ip", ["rule", "add", "fwmark", "1337", "lookup", "133"]);
  const before = await kernel();
  const result = await applyYielding(left, program);
  assert.deepEqual("reason" in result && [result.reason, result.problem], [
    "RoutesUnsupported",
    "another program leads packets by their mark (ip rule show)",
  ]);
  assert.equal(await kernel(), before);
  await left("ip", ["rule", "del", "fwmark", "1337"]);
  await left("ip", ["route", "add", "10.98.0.0/24", "nexthop", "via", "10.99.0.2", "nexthop", "via", "10.99.0.3"]);
  t.after(() => left("ip", ["route", "del", "10.98.0.0/24"]));
  const routes = await applyYielding(left, program);
  assert.equal("problem" in routes && routes.problem, "the route to 10.98.0.0/24 has several next hops, or a tunnel");
});

test("what names no congestion control of the kernel is refused, and nothing stays", { skip }, async () => {
  const before = await kernel();
  await assert.rejects(applyYielding(left, { ...program, algorithm: "absent" }));
  await removeYielding(left);
  assert.equal(await kernel(), before);
});
