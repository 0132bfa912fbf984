// Reading a name gives back what it was made from.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  aggregateCluster,
  dedicatedCluster,
  filterName,
  levelCluster,
  namesAggregate,
  namesLevelCluster,
  originalCluster,
  roleOf,
} from "./names.ts";

const to = { host: "web.shop.svc.cluster.local", port: 80, subset: "v2" };

test("a level's cluster and an aggregate are recognised in a text, and no other cluster", () => {
  const texts = [levelCluster(to, "batch"), dedicatedCluster(to, "batch"), aggregateCluster(to, "batch")];
  assert.deepEqual(
    [...texts, originalCluster(to)].map((name) => [namesLevelCluster(`no ${name}!`), namesAggregate(`no ${name}!`)]),
    [
      [true, false],
      [true, false],
      [true, true],
      [false, false],
    ],
  );
});

test("a filter's name contains its role", () => {
  for (const role of ["inbound", "outbound", "gateway"] as const) assert.equal(roleOf(filterName(role)), role);
  assert.equal(filterName("inbound", "1a2b"), "expedite-inbound-1a2b");
});
