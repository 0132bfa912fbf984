// Totals of a link's levels never fall: pods come and go, classes are made anew, and links are inactive for a while.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClassTotals } from "./class-totals.ts";
import type { LinkState } from "./node-report.ts";

const pod = (name: string, bytes: number, backlog = 0): LinkState => ({
  ...{ link: "db", namespace: "a", pod: name, device: "eth0", changed: [] },
  counters: [{ level: "batch", bytes, packets: bytes / 100, drops: 1, overlimits: 2, backlog }],
});
const inactive: LinkState = { link: "db", namespace: "a", pod: "db-0", reason: "NamespaceGone", problem: "gone" };

test("bytes of all pods of a link are added up, and the totals stay when a pod ends or counts anew", () => {
  const totals = new ClassTotals();
  const read = (...links: readonly LinkState[]) => {
    totals.add({ links, pods: [], removed: [], problems: [] });
    return totals.all().map(({ link, level, bytes, packets, backlog }) => [link, level, bytes, packets, backlog]);
  };
  assert.deepEqual(read(pod("db-0", 1000, 5), pod("db-1", 500, 7)), [["db", "batch", 1500, 15, 12]]);
  assert.deepEqual(read(pod("db-0", 1200), pod("db-1", 500)), [["db", "batch", 1700, 17, 0]]);
  assert.deepEqual(read(pod("db-0", 1200)), [["db", "batch", 1700, 17, 0]]);
  assert.deepEqual(read(inactive), [["db", "batch", 1700, 17, 0]]);
  // The class was made anew meanwhile.
  assert.deepEqual(read(pod("db-0", 300)), [["db", "batch", 2000, 20, 0]]);
  assert.deepEqual(read(pod("db-0", 100)), [["db", "batch", 2100, 21, 0]]);
});
