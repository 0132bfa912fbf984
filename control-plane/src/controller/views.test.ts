// Why an installation is not ready although its program runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchProblem } from "../reconcile/ports.ts";
import { refusalOf } from "./views.ts";

const problem = (cause: WatchProblem["cause"]): WatchProblem => ({ cause, message: "", remedy: "" });
const alone = { servedBy: () => undefined };
const of = (problems: Readonly<Record<string, WatchProblem>>, elector: Parameters<typeof refusalOf>[0] = alone) =>
  refusalOf(elector, { problems: () => problems });

test("without its kinds it is not ready, and the reason has their names and the command", () => {
  const missing = problem("Missing");
  assert.match(
    of({ "priorityladders.expedite.dev": missing, "prioritypolicies.expedite.dev": missing }) ?? "",
    /no priorityladders\.expedite\.dev, prioritypolicies\.expedite\.dev, .*kubectl apply --server-side --filename expedite-crds-\d/,
  );
});

test("kinds of others may be missing, and a failing list of its own is tried again", () => {
  assert.equal(of({ "httproutes.gateway.networking.k8s.io": problem("Missing") }), undefined);
  assert.equal(of({ "priorityladders.expedite.dev": problem("Unavailable") }), undefined);
});

test("another installation that serves the cluster is named", () => {
  assert.match(of({}, { servedBy: () => "mesh-b/expedite" }) ?? "", /in namespace mesh-b, serves this cluster/);
});
