// docs/operations/metrics.md lists every metric of a registry, and readings appear in its text. UPDATE_GOLDEN=1 rewrites the page.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createMetrics } from "./metrics.ts";
import type { Readings } from "./readings.ts";

const readings: Readings = {
  staleness: () => 1.5,
  isLeader: () => true,
  synced: () => true,
  objects: () => ({ pods: 3, services: 2 }),
  proxies: () => ({ programmed: 7, refused: 1, pending: 2, unsupported: 0 }),
  reflectors: () => ({ pods: { relists: 2, restarts: 1, missed: 4 } }),
  queues: () => [{ namespace: "shop", name: "web", limit: 6 }],
  failing: () => [{ resource: "services", cause: "Forbidden" }],
};

const page = join(import.meta.dirname, "../../../docs/operations/metrics.md");

test("docs/operations/metrics.md has every metric", () => {
  const { registry } = createMetrics(readings, "0");
  const rows = registry.getMetricsAsArray().map((metric) => {
    const { name, help, type, labelNames = [] } = metric as typeof metric & { labelNames?: readonly string[] };
    const labels = labelNames.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${labels} | ${help} |`;
  });
  assert.ok(rows.length > 10);
  const table = ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
  const text = readFileSync(page, "utf8");
  const place = /\| metric \|.*?\n(?!\|)/s;
  assert.match(text, place);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(page, text.replace(place, table));
  assert.equal(place.exec(readFileSync(page, "utf8"))?.[0], table);
});

test("names have Expedite's prefix or are those of a process, and end with a unit or name a count", () => {
  for (const { name } of createMetrics(readings, "0").registry.getMetricsAsArray())
    assert.match(
      name,
      /^process_\w+_(bytes|seconds|seconds_total)$|^expedite_\w+(_seconds|_total|_info)$|^expedite_(leader|synced|objects|proxies|watch_failing|request_queue_limit)$/,
    );
});

test("readings and events are in the text", async () => {
  const metrics = createMetrics(readings, "1.2.3");
  metrics.reconciled(0.2, false);
  metrics.reconciled(0.7, true);
  metrics.wrote("apply", "EnvoyFilter", false);
  metrics.wrote("apply", "EnvoyFilter", true);
  const text = await metrics.registry.metrics();
  for (const line of [
    "expedite_reconcile_duration_seconds_count 2",
    'expedite_reconcile_duration_seconds_bucket{le="0.25"} 1',
    "expedite_reconcile_errors_total 1",
    'expedite_writes_total{verb="apply",kind="EnvoyFilter"} 2',
    'expedite_write_errors_total{verb="apply",kind="EnvoyFilter"} 1',
    "expedite_staleness_seconds 1.5",
    "expedite_leader 1",
    'expedite_objects{resource="pods"} 3',
    'expedite_proxies{state="refused"} 1',
    'expedite_request_queue_limit{namespace="shop",queue="web"} 6',
    'expedite_reflector_missed_total{resource="pods"} 4',
    'expedite_watch_failing{resource="services",cause="Forbidden"} 1',
    'expedite_build_info{version="1.2.3"} 1',
  ])
    assert.ok(text.includes(`${line}\n`), `${line} is missing in\n${text}`);
});

test("scraped twice, a counter reading is not doubled, and a removed kind disappears", async () => {
  let objects: Readonly<Record<string, number>> = { pods: 3, services: 2 };
  const { registry } = createMetrics({ ...readings, objects: () => objects }, "0");
  await registry.metrics();
  objects = { pods: 4 };
  const text = await registry.metrics();
  assert.match(text, /expedite_reflector_relists_total\{resource="pods"\} 2\n/);
  assert.match(text, /expedite_objects\{resource="pods"\} 4\n/);
  assert.doesNotMatch(text, /expedite_objects\{resource="services"/);
});
