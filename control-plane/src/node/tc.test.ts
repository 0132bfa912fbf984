// tc's output, as versions of iproute2 print it, and what counts as equal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { twoLevels } from "../../test/two-levels.ts";
import { isSameClass, leafHandle, parseClasses, parseQdiscs, replaceClass } from "./tc.ts";

const listing = `class htb 7a1:10 parent 7a1:1 leaf 7b2: prio 0 quantum 60000 rate 9025Mbit ceil 9500Mbit linklayer ethernet burst 1127720b/1 mpu 0b cburst 1187500b/1 mpu 0b level 0 
 Sent 123456 bytes 89 pkt (dropped 3, overlimits 17 requeues 0) 
 backlog 3028b 2p requeues 0
 lended: 0 borrowed: 0 giants: 0
 tokens: 16437 ctokens: 15625

class htb 7a1:1 root rate 1Gbit ceil 10Gbit linklayer ethernet burst 15Kb/1 mpu 0b cburst 1Mb/1 mpu 0b level 7 
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) 

class fq_codel 7b2:2 parent 7b2: 
 (dropped 0, overlimits 0 requeues 0) 
`;

test("HTB classes are read, and those of leaves are ignored", () => {
  assert.deepEqual(parseClasses(listing), [
    {
      classid: "7a1:10",
      prio: 0,
      rate: 9_025_000_000,
      ceil: 9_500_000_000,
      burst: 1_127_720,
      cburst: 1_187_500,
      bytes: 123_456,
      packets: 89,
      drops: 3,
      overlimits: 17,
      backlog: 3028,
    },
    {
      classid: "7a1:1",
      prio: 0,
      rate: 1e9,
      ceil: 1e10,
      burst: 15 * 1024,
      cburst: 1024 ** 2,
      bytes: 0,
      packets: 0,
      drops: 0,
      overlimits: 0,
      backlog: 0,
    },
  ]);
  assert.deepEqual(parseClasses(""), []);
});

test("root, leaves and what others have on the node are read, whatever the kinds", () => {
  const text = `qdisc noqueue 0: dev lo root refcnt 2 
qdisc htb 7a1: dev up0 root refcnt 9 r2q 10 default 0x10 direct_packets_stat 2 direct_qlen 1000
qdisc pfifo 7b2: dev up0 parent 7a1:10 limit 1000p
qdisc clsact ffff: dev up0 parent ffff:fff1 
qdisc hfsc 1: dev up1 root refcnt 2 default 10 
qdisc mqprio 8001: dev up2 root tc 2 map 0 0 1 1
             queues:(0:3) (4:7) 
qdisc multiq 2: dev up3 root offloaded refcnt 2 bands 4/16 
`;
  assert.deepEqual(
    parseQdiscs(text).map(({ device, kind, handle, root, parent, options }) => ({
      ...{ what: `${kind} ${handle} ${device} ${root ? "root" : parent}` },
      ...options,
    })),
    [
      { what: "noqueue 0: lo root" },
      { what: "htb 7a1: up0 root", default: "0x10" },
      { what: "pfifo 7b2: up0 7a1:10", limit: 1000 },
      { what: "clsact ffff: up0 ffff:fff1" },
      { what: "hfsc 1: up1 root", default: "10" },
      { what: "mqprio 8001: up2 root" },
      { what: "multiq 2: up3 root" },
    ],
  );
  assert.deepEqual(parseQdiscs(""), []);
});

test("tc's rounding is not a difference, one percent of the rate is", () => {
  const wanted = { classid: "7a1:10", prio: 0, rate: 95_000_500, ceil: 1e8, burst: 11_876, cburst: 12_500 };
  assert.ok(isSameClass({ ...wanted, rate: 95_000_000, burst: 11_840 }, wanted));
  for (const other of [{ rate: 94_000_000 }, { ceil: 99e6 }, { prio: 1 }, { burst: 6_000 }, { rate: Number.NaN }])
    assert.ok(!isSameClass({ ...wanted, ...other }, wanted), JSON.stringify(other));
});

test("a class and its leaf as tc statements", () => {
  const [interactive, batch] = twoLevels().levels;
  assert.equal(
    replaceClass("eth0", batch!),
    "class replace dev eth0 parent 7a1:1 classid 7a1:20 htb prio 1 rate 5000000bit ceil 100000000bit burst 6056b cburst 12500b quantum 60000",
  );
  assert.equal(leafHandle(interactive!, { kind: "fq_codel" }), "7a2:");
  assert.equal(leafHandle(batch!, { kind: "pfifo" }), "7b3:");
});
