// Rules as nft lists them, in the spellings of its versions, are the statements that Expedite writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChain } from "./nft-rule.ts";

const chain = { name: "to-eth0", hook: "postrouting", priority: 0 } as const;
const base = { type: "filter", hook: "postrouting", prio: 0, policy: "accept" };

function statements(...rules: readonly object[][]): readonly string[] | undefined {
  const entries = rules.map((expr) => ({ rule: { chain: "to-eth0", expr } }));
  return parseChain(JSON.stringify({ nftables: [{ chain: { name: "to-eth0", ...base } }, ...entries] }), chain);
}

const raw = (offset: number, len: number) => ({ payload: { base: "th", offset, len } });
const equal = (left: object, right: unknown) => ({ match: { op: "==", left, right } });

test("bits inside of bytes are listed as they are, or as the bytes with a mask", () => {
  assert.deepEqual(
    statements(
      [equal(raw(248, 6), 8)],
      [equal({ "&": [raw(248, 8), 0xfc] }, 32)],
      [equal(raw(244, 6), 8)],
      [equal({ "&": [raw(240, 16), 0xfc0] }, 512)],
      [equal({ "&": [raw(64, 8), 0x3f] }, 2)],
    ),
    ["@th,248,6 0x8", "@th,248,6 0x8", "@th,244,6 0x8", "@th,244,6 0x8", "@th,66,6 0x2"],
  );
});

test("a mask that is no run of bits is none of Expedite's rules", () => {
  const foreign = equal({ "&": [raw(248, 8), 0x84] }, 4);
  assert.deepEqual(statements([foreign]), [JSON.stringify(foreign)]);
});

test("sets have one order, and addresses one spelling, as a number or as hexadecimal text", () => {
  assert.deepEqual(
    statements(
      [equal(raw(368, 32), { set: [167772162, 167772161] })],
      [equal(raw(432, 128), "0xfd990000000000000000000000000001")],
      [equal({ payload: { protocol: "ip", field: "dscp" } }, "lephb")],
      [{ mangle: { key: { payload: { protocol: "ip6", field: "dscp" } }, value: "cs1" } }],
    ),
    [
      "@th,368,32 { 0xa000001, 0xa000002 }",
      "@th,432,128 0xfd990000000000000000000000000001",
      "ip dscp 1",
      "ip6 dscp set 8",
    ],
  );
});

test("a protocol is listed by its name, or by its number where there is no /etc/protocols, as in the agent's image", () => {
  const l4proto = { meta: { key: "l4proto" } };
  assert.deepEqual(
    statements(
      [equal(l4proto, { set: ["tcp", "udp"] })],
      [equal(l4proto, { set: [6, 17] })],
      [equal(l4proto, "udp")],
      [equal(l4proto, 17)],
    ),
    ["meta l4proto { 17, 6 }", "meta l4proto { 17, 6 }", "meta l4proto 17", "meta l4proto 17"],
  );
});

test("a chain that was made differently is none of Expedite's", () => {
  for (const change of [{ hook: "output" }, { type: "nat" }, { prio: 1 }, { policy: "drop" }])
    assert.equal(
      parseChain(JSON.stringify({ nftables: [{ chain: { name: "to-eth0", ...base, ...change } }] }), chain),
      undefined,
    );
});
