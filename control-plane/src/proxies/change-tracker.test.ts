// Which push to a proxy comes after the controller's last change, and how long to wait whether another follows; on plain data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProxyReport, Version } from "../reconcile/ports.ts";
import { ChangeTracker } from "./change-tracker.ts";
import { SyncStatus } from "./sync-status.ts";

const debounce = { after: 100, max: 10_000 };
const second = (count: number, at = 0): Version => ({ at, count });

/** A proxy with Expedite's filter that was pushed everything from one state. */
function report(version: Version, istiod = "one"): ProxyReport {
  const exchange = { nonce: `${version.at}/${version.count}`, isAcknowledged: true, version };
  return {
    ...{ namespace: "shop", pod: "web", istioVersion: "1.31.0", isGateway: false, istiod },
    exchanges: { CDS: exchange, LDS: exchange, RDS: exchange, ECDS: exchange },
  };
}

/** Long after the start, a change of filters that was answered 10 ms later. */
function after(before: ProxyReport, hasChanged = true) {
  const syncStatus = new SyncStatus();
  const changes = new ChangeTracker(syncStatus, () => debounce, 0);
  syncStatus.report([before], 99_000);
  syncStatus.noteHeard("1", 99_010);
  const change = changes.begin({ namespace: "shop", subject: "filters", isFirst: false, now: 100_000 });
  changes.end(change, hasChanged, 100_010);
  /** Polls that show the same from `first` on. */
  const isPushed = (shown: ProxyReport, first: number, last: number): boolean => {
    for (const began of [first, last]) syncStatus.report([shown], began);
    return changes.isPushed(shown, last);
  };
  return { syncStatus, changes, isPushed };
}

test("a push from the previous state does not count; one from a later state counts once nothing has followed it for a moment", () => {
  const { isPushed } = after(report(second(7)));
  assert.equal(isPushed(report(second(7)), 100_100, 190_000), false);
  assert.equal(isPushed(report(second(8)), 190_100, 190_200), true, "long after the change, nothing is awaited");
  const early = after(report(second(7)));
  assert.equal(early.isPushed(report(second(8)), 100_100, 100_300), false);
  assert.equal(early.isPushed(report(second(8)), 100_350, 100_410), true);
});

test("while istiod hears of further changes, it may put off a push, so the wait begins anew; if that is not known, it is the longest", () => {
  const busy = after(report(second(7)));
  assert.equal(busy.isPushed(report(second(8)), 100_100, 100_300), false);
  busy.syncStatus.noteHeard("2", 100_310);
  assert.equal(busy.isPushed(report(second(8)), 100_410, 100_600), false);
  busy.syncStatus.noteHeard("2", 100_610);
  assert.equal(busy.isPushed(report(second(8)), 100_620, 100_620), true);
  const unknown = after(report(second(7)));
  unknown.syncStatus.noteHeard(undefined, 100_050);
  assert.equal(unknown.isPushed(report(second(8)), 100_100, 113_000), false);
  assert.equal(unknown.isPushed(report(second(8)), 100_100, 113_010), true);
});

test("an istiod that is configured to wait longer for further changes is awaited longer", () => {
  const syncStatus = new SyncStatus();
  const changes = new ChangeTracker(syncStatus, () => ({ after: 2_000, max: 60_000 }), 0);
  syncStatus.report([report(second(7))], 99_000);
  syncStatus.noteHeard("1", 99_010);
  changes.end(changes.begin({ namespace: "shop", subject: "filters", isFirst: false, now: 100_000 }), true, 100_010);
  const isPushed = (began: number): boolean => {
    syncStatus.report([report(second(8))], began);
    return changes.isPushed(report(second(8)), began);
  };
  assert.deepEqual([isPushed(102_100), isPushed(106_000), isPushed(106_100)], [false, false, true]);
});

test("a restarted istiod, or another one, may have pushed what it knew before, until the change is long over", () => {
  for (const [before, later] of [
    [report(second(70, 50_000)), report(second(3, 101_000))],
    [report(second(70)), report(second(3), "two")],
  ] as const) {
    assert.equal(after(before).isPushed(later, 101_100, 102_000), false);
    assert.equal(after(before).isPushed(later, 101_100, 113_100), true);
  }
});

test("a change without effect on istiod causes no push, and none is awaited", () => {
  const { isPushed } = after(report(second(7)), false);
  assert.equal(isPushed(report(second(7)), 100_100, 100_500), true);
});

test("a write in progress has not been pushed; of two concurrent writes, both have to be", () => {
  const { syncStatus, changes, isPushed } = after(report(second(7)));
  const first = changes.begin({ namespace: "shop", subject: "filters", isFirst: false, now: 120_000 });
  syncStatus.report([report(second(8))], 120_005);
  const last = changes.begin({ namespace: "shop", subject: "filters", isFirst: false, now: 120_010 });
  assert.equal(isPushed(report(second(9)), 120_020, 121_000), false);
  changes.end(last, true, 121_000);
  changes.end(first, true, 121_100);
  assert.equal(isPushed(report(second(8)), 121_200, 126_000), false);
  assert.equal(
    isPushed(report(second(9)), 121_300, 124_000),
    false,
    "another change may be in progress, so the wait is longer",
  );
  assert.equal(isPushed(report(second(10)), 124_100, 134_200), true);
});

test("writes that begin at once are one change: nothing may follow for twice as long as the first push took", () => {
  const both = (seen: number) => {
    const { changes, isPushed } = after(report(second(7)));
    const begin = () => changes.begin({ namespace: "shop", subject: "filters", isFirst: false, now: 120_000 });
    const [first, last] = [begin(), begin()];
    changes.end(last, true, 120_020);
    changes.end(first, true, 120_050);
    return (until: number) => isPushed(report(second(8)), seen, until);
  };
  assert.equal(both(120_100)(120_390), false);
  assert.equal(both(120_100)(120_400), true);
  assert.equal(both(121_000)(122_900), false);
  assert.equal(both(121_000)(123_000), true);
});

test("for a push seen before the API server answers, the wait starts with the answer", () => {
  const { syncStatus, changes } = after(report(second(7)));
  const change = changes.begin({ namespace: "shop", subject: "filters", isFirst: false, now: 120_000 });
  syncStatus.report([report(second(8))], 120_100);
  changes.end(change, true, 121_000);
  const isPushed = (at: number): boolean => {
    syncStatus.report([report(second(8))], at);
    return changes.isPushed(report(second(8)), at);
  };
  assert.deepEqual([isPushed(121_200), isPushed(121_300)], [false, true]);
});

test("a proxy that gets no push for subsets, because it does not see the host, is not awaited forever", () => {
  const syncStatus = new SyncStatus();
  const changes = new ChangeTracker(syncStatus, () => debounce, 0);
  syncStatus.report([report(second(7))], 99_000);
  changes.end(changes.begin({ namespace: "shop", subject: "subsets", isFirst: false, now: 100_000 }), true, 100_010);
  syncStatus.report([report(second(7))], 109_000);
  assert.equal(changes.isPushed(report(second(7)), 109_000), false);
  assert.equal(changes.isPushed(report(second(7)), 113_100), true);
});

test("after a write while istiod did not answer, the wait lasts until istiod must have pushed it", () => {
  const syncStatus = new SyncStatus();
  const changes = new ChangeTracker(syncStatus, () => debounce, 0);
  changes.end(changes.begin({ namespace: "shop", subject: "filters", isFirst: true, now: 100_000 }), true, 100_010);
  for (const began of [100_100, 109_000]) syncStatus.report([report(second(7))], began);
  assert.equal(changes.isPushed(report(second(7)), 109_000), false);
  assert.equal(changes.isPushed(report(second(7)), 113_100), true);
});
