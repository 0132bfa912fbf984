// What has to change, and what is refused, on plain data: cases that no test machine has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { twoLevels } from "../../test/two-levels.ts";
import { refusal } from "./changes.ts";
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
