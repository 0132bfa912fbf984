// What is set is read back: every DSCP, eight levels, rates from 64 kbit/s to 1.6 Tbit/s, through this machine's tc and nft.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { vethPair, withoutNamespaces } from "../../test/veth-pair.ts";
import { dscpNames, dscpValue } from "../api/dscp.ts";
import { rateRange } from "../api/rate.ts";
import type { Plan } from "../core/plan.ts";
import { nodeProgram } from "../render/node/node-program.ts";
import { renderNode } from "../render/node/render.ts";
import { apply } from "./apply.ts";
import { CommandError, type Run } from "./namespace.ts";
import { observe } from "./observe.ts";

const skip = await withoutNamespaces();
const pair = skip === false ? await vethPair("round") : undefined;
const run: Run = pair?.left ?? (() => Promise.reject(new Error("skipped")));
after(() => pair?.remove());

/** Eight levels with the given marks; the lowest seven keep the rates that are hardest to print. */
function program(rate: number, marks: readonly string[]) {
  const shares = [91.19, 1, 1.25, 1.37, 1.01, 1.99, 1.03, 1.16];
  const plan: Plan = {
    mode: "Enforce",
    header: "x-request-priority",
    correlateBy: ["x-request-id"],
    writeDefault: false,
    levels: marks.map((name, index) => ({ name: name.toLowerCase(), dscp: dscpValue(name), share: shares[index]! })),
    defaultLevel: marks[0]!.toLowerCase(),
    addressFamilies: [],
    levelClusters: [],
    trustDomains: ["cluster.local"],
    clusterDomain: "cluster.local",
    excludedHosts: [],
    enrolments: [],
    gateways: [],
    subsetRules: [],
    links: [
      {
        ...{ name: "link", device: "eth0", rate, force: true, markTunnels: true },
        dedicated: { le: ["10.1.2.3", "2001:DB8::0:1"] },
      },
    ],
  };
  return nodeProgram.parse(renderNode(plan)[0]!.program);
}

test("eight levels, every mark, any rate", { skip }, async () => {
  const rates = [rateRange.min, 1_073_741_824, 9_500_000_001, 100e9, rateRange.max];
  for (const [index, rate] of rates.entries()) {
    const marks = ["DF", "LE", ...dscpNames.slice(2 + index * 4)].slice(0, 8);
    const wanted = program(rate, marks.length === 8 ? marks : ["DF", "LE", ...dscpNames.slice(-6)]);
    // apply reads back, and throws if that differs.
    const result = await apply(run, wanted);
    assert.ok(!("problem" in result) && result.changed.length > 0);
    const seen = await observe(run, wanted);
    assert.ok(!("problem" in seen) && seen.inSync && seen.levels.length === 8);
  }
});

test("the leaf is fq_codel if the kernel has it", { skip }, async (t) => {
  await run("ip", ["link", "add", "probe", "type", "veth", "peer", "name", "probe1"]);
  const hasIt = await run("tc", ["qdisc", "add", "dev", "probe", "root", "fq_codel"]).then(
    () => true,
    (error) => {
      assert.ok(error instanceof CommandError);
      return false;
    },
  );
  if (!hasIt) return t.skip("this kernel has no fq_codel: the other tests cover the fallback");
  const wanted = program(1e9, dscpNames.slice(0, 8));
  await apply(run, wanted);
  const seen = await observe(run, wanted);
  assert.equal("problem" in seen ? "" : seen.leaf, "fq_codel");
});
