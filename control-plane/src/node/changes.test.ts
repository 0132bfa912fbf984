// What has to change, and what is refused, on plain data: cases that no test machine has.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { twoLevels } from "../../test/two-levels.ts";
import { rateRefusal, refusal } from "./changes.ts";
import { deviceSpeed } from "./device-speed.ts";
import type { Qdisc } from "./tc.ts";

const root = (kind: string, handle: string): Qdisc => ({ kind, handle, root: true, options: {} });

test("the kernel's own root may be replaced, and a foreign one is named", () => {
  const program = twoLevels();
  for (const qdisc of [undefined, root("noqueue", "0:"), root("fq_codel", "0:"), root("mq", "0:"), root("htb", "7a1:")])
    assert.equal(refusal(program, "eth0", qdisc), undefined);
  assert.deepEqual(refusal(program, "eth0", root("fq", "8001:")), {
    reason: "ForeignQdisc",
    problem:
      'device: "eth0" has the root qdisc fq 8001:, ordinarily of Cilium\'s bandwidth manager: left as it is. If nobody needs it: tc qdisc del dev eth0 root',
  });
  assert.match(
    refusal(program, "eth0", root("mq", "7a1:"))?.problem ?? "",
    /has the root qdisc mq 7a1:: left as it is/,
  );
});

test("several queues above 10 Gbit/s are not shaped unless forced", () => {
  const mq = root("mq", "0:");
  assert.match(
    refusal(twoLevels({ rate: 25e9 }), "ens5", mq)?.problem ?? "",
    /^rate: 25000000000 bit\/s on "ens5", which has several queues/,
  );
  assert.equal(refusal(twoLevels({ rate: 25e9, force: true }), "ens5", mq), undefined);
  assert.equal(refusal(twoLevels({ rate: 10e9 }), "ens5", mq), undefined);
});

test("a rate above the speed of the device is refused, with both; virtual devices and links that are down have no speed", (t) => {
  const sysfs = mkdtempSync(join(tmpdir(), "expedite-sysfs-"));
  t.after(() => rmSync(sysfs, { recursive: true }));
  const speeds = { ens5: "10000\n", slow: "1000\n", virtio: "-1\n", veth0: "10000\n" };
  for (const [device, speed] of Object.entries(speeds)) {
    mkdirSync(join(sysfs, device, device === "veth0" ? "queues" : "device"), { recursive: true });
    writeFileSync(join(sysfs, device, "speed"), speed);
  }
  mkdirSync(join(sysfs, "down", "device"), { recursive: true });
  const refused = (device: string) => rateRefusal(twoLevels({ rate: 2e9 }), device, deviceSpeed(device, sysfs));
  assert.deepEqual(refused("slow"), {
    reason: "RateAboveDevice",
    problem: 'rate: 2000000000 bit/s is above the 1000000000 of "slow"; allowed: at most that',
  });
  for (const device of ["ens5", "virtio", "veth0", "down", "absent"]) assert.equal(refused(device), undefined, device);
});
