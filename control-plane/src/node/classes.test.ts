// Real TCP through real queues: a connection's mark decides its class, in both directions, in IPv4 and IPv6.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { twoLevels } from "../../test/two-levels.ts";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { apply } from "./apply.ts";
import type { Run } from "./namespace.ts";
import { observe } from "./observe.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("class") : undefined;
const none: Run = () => Promise.reject(new Error("skipped"));
const { left, right } = pair ?? { left: none, right: none };
let server: ChildProcess | undefined;
after(async () => {
  server?.kill();
  await pair?.remove();
});

const peer = fileURLToPath(new URL("../../test/tcp-peer.mjs", import.meta.url));
const bytes = 1_000_000;
/** Bytes of other packets, such as neighbour discovery. */
const noise = 5_000;

async function serve(): Promise<void> {
  server = spawn(
    "nsenter",
    [`--net=/run/netns/${pair!.rightName}`, process.execPath, peer, "serve", "9000", String(bytes)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await once(server.stdout!, "data");
}

async function counted(run: Run): Promise<{ interactive: number; batch: number }> {
  const seen = await observe(run, twoLevels());
  assert.ok(!("problem" in seen));
  const of = (level: string): number => seen.levels.find((entry) => entry.level === level)!.bytes;
  return { interactive: of("interactive"), batch: of("batch") };
}

/** The bytes that one download adds to each class, at both ends. */
async function download(host: string): Promise<{ there: Counted; back: Counted }> {
  const [leftBefore, rightBefore] = [await counted(left), await counted(right)];
  assert.equal(Number(await left(process.execPath, [peer, "fetch", host, "9000"])), bytes);
  const added = (now: Counted, then: Counted): Counted => ({
    interactive: now.interactive - then.interactive,
    batch: now.batch - then.batch,
  });
  return { there: added(await counted(left), leftBefore), back: added(await counted(right), rightBefore) };
}
type Counted = { readonly interactive: number; readonly batch: number };

/** Marks what the client sends, as a level's cluster does by IP_TOS. */
async function mark(isMarked: boolean): Promise<void> {
  await left("nft", ["-f", "-"], "add table inet test\ndelete table inet test\n");
  if (isMarked)
    await left(
      "nft",
      ["-f", "-"],
      `add table inet test
add chain inet test output { type filter hook output priority -150; }
add rule inet test output tcp dport 9000 ip dscp set cs1
add rule inet test output tcp dport 9000 ip6 dscp set cs1
`,
    );
}

test("a marked connection is in the level's class in both directions, an unmarked one in the default class", {
  skip,
}, async () => {
  await apply(left, twoLevels());
  await apply(right, twoLevels());
  await serve();
  for (const host of ["10.99.0.2", "fd99::2"]) {
    await mark(true);
    const marked = await download(host);
    assert.ok(marked.back.batch > bytes, `${host}: ${JSON.stringify(marked)}`);
    assert.ok(
      marked.back.interactive < noise && marked.there.interactive < noise,
      `${host}: ${JSON.stringify(marked)}`,
    );
    assert.ok(marked.there.batch > 0, `${host}: ${JSON.stringify(marked)}`);

    await mark(false);
    const plain = await download(host);
    assert.ok(plain.back.interactive > bytes && plain.there.interactive > 0, `${host}: ${JSON.stringify(plain)}`);
    assert.equal(plain.back.batch + plain.there.batch, 0);
  }
});

test("packets to a dedicated replica have its level without a mark, and a mark outweighs the address", {
  skip,
}, async () => {
  const replicas = ["10.99.0.1", "FD99:0::1"];
  for (const [level, isMarked] of [
    ["batch", false],
    ["interactive", true],
  ] as const) {
    await apply(right, twoLevels({ dedicated: { [level]: replicas } }));
    for (const host of ["10.99.0.2", "fd99::2"]) {
      await mark(isMarked);
      const { back } = await download(host);
      assert.ok(back.batch > bytes && back.interactive < noise, `${level}, ${host}: ${JSON.stringify(back)}`);
    }
  }
});

test("connections accepted before are counted", { skip }, async () => {
  await right("tee", ["/proc/sys/net/ipv4/tcp_reflect_tos"], "0\n");
  const listener = spawn("nsenter", [
    `--net=/run/netns/${pair!.rightName}`,
    process.execPath,
    "-e",
    'require("node:net").createServer().listen(9001, () => console.log("up"))',
  ]);
  await once(listener.stdout, "data");
  const connected = spawn("nsenter", [
    `--net=/run/netns/${pair!.leftName}`,
    process.execPath,
    "-e",
    'require("node:net").connect(9001, "10.99.0.2").on("connect", () => console.log("up"))',
  ]);
  await once(connected.stdout, "data");
  const result = await apply(right, twoLevels()).finally(() => {
    for (const child of [connected, listener]) child.kill();
  });
  assert.equal("problem" in result ? undefined : result.connectionsBefore, 1);
});
