// What the status says of a proxy whose metrics lack the filter's configuration; on plain data.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProxyReport } from "../reconcile/ports.ts";
import { ChangeTracker } from "./change-tracker.ts";
import { ProgrammedHysteresis } from "./programmed-hysteresis.ts";
import { groupStates } from "./proxy-state.ts";
import { SyncStatus } from "./sync-status.ts";

const now = 1_000_000;

function reasonOf(isAcknowledged: boolean): string {
  const exchange = { nonce: "1", isAcknowledged: true, version: { at: 0, count: 1 } };
  const report: ProxyReport = {
    ...{ namespace: "shop", pod: "web", istioVersion: "1.31.0", isGateway: false, istiod: "one" },
    exchanges: { CDS: exchange, LDS: exchange, RDS: exchange, ECDS: { ...exchange, isAcknowledged } },
  };
  const evidence = {
    changes: new ChangeTracker(new SyncStatus(), () => ({ after: 100, max: 10_000 }), 0),
    ...{ hysteresis: new ProgrammedHysteresis(), healthOf: () => ({ state: "lacking" }) as const },
    ...{ unwritten: undefined, now },
  };
  const extension = { name: "expedite-inbound", generation: "1", hash: "0" };
  const expected = { id: "one", extensions: new Map([[extension.name, extension]]) };
  const [state] = groupStates(evidence, { reports: [report], lost: [], expected });
  assert.equal(state?.state, "pending");
  return state.reason;
}

test("what metrics lack counts for a proxy that has acknowledged what it got; otherwise that it has not is the reason", () => {
  assert.equal(reasonOf(true), "its metrics do not have the filter's configuration yet");
  assert.equal(reasonOf(false), "has not acknowledged ECDS");
});
