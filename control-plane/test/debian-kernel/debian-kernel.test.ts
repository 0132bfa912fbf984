// The agent's queues under a Debian kernel, which has what other machines' kernels lack: fq_codel as the leaf, ets and prio as roots that are
// not ours, lp. Beside them the queue that a user would try first.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { withoutGo } from "../../../e2e/process/go-program.ts";
import { buildBulk } from "../packet-bench/programs.ts";
import { runInGuest, withoutKernel } from "./boot.ts";
import type { Found } from "./inside.ts";

test("levels keep their shares whatever the number of flows, and foreign roots stay", {
  skip: withoutKernel || (withoutGo() ?? false),
}, async (context) => {
  buildBulk();
  const said = await runInGuest([process.execPath, join(import.meta.dirname, "inside.ts")], 500);
  const [, line] = /^FOUND (.*?)\r?$/m.exec(said) ?? [];
  assert.ok(line !== undefined, said);
  const { kernel, foreign, changed, shares, lp } = JSON.parse(line) as Found;
  const percent = Object.entries(shares).map(([name, value]) => `${name} flows: ${value.toFixed(1)} %`);
  context.diagnostic(
    `${kernel}: interactive beside batch: ${percent.join(", ")}; lp beside the usual one: ${lp?.toFixed(1)} %`,
  );
  for (const name of ["ets", "prio", "fq_codel"]) {
    assert.match(foreign[name]!.error, new RegExp(`^ForeignQdisc: .*${name}`));
    assert.equal(foreign[name]!.isLeft, true);
  }
  assert.ok(
    changed.some((text) => text.includes("fq_codel")),
    changed.join(", "),
  );
  // By flow, and by level.
  const of = (name: string): number => shares[name]!;
  assert.ok(of("fq_codel 1") > 40 && of("fq_codel 1") < 60, percent.join(", "));
  assert.ok(of("fq_codel 4") > 12 && of("fq_codel 4") < 30, percent.join(", "));
  for (const flows of [1, 4]) assert.ok(of(`levels ${flows}`) > 90, percent.join(", "));
  // It does not yield (docs/scavenger.md).
  assert.ok(lp !== undefined && lp > 20, `${lp}`);
});
