// A short run of the whole lab, checked by the class of every byte and call rather than by time.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { parse } from "yaml";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { classes, type RequestClass } from "./classes.ts";
import { callsPerRequest, joinsOf } from "./observe/joins.ts";
import { profiles, rateOf } from "./profiles.ts";
import type { Conditions, Results } from "./results/results.ts";

const skip =
  process.env.EXPEDITE_ENVOY === undefined
    ? "needs private namespaces and Envoy: run it by npm test"
    : missingWasmRuntime();

const folder = mkdtempSync(join(tmpdir(), "lab-test-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs the lab as a program of its own. @throws with its output when it fails */
async function runLab(name: string, args: readonly string[]): Promise<Results> {
  const json = join(folder, name, "results.json");
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...args, "--json", json]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, said);
  return JSON.parse(readFileSync(json, "utf8"));
}

/** Forty requests of each class: enough to see each one's bytes, and few enough for a busy machine. */
const short = ["--rps", "20", "--duration", "2", "--repeats", "1", "--warm-up", "0.5"];

const played = (results: Results, arm: string, what: string): Conditions =>
  results.conditions.find((one) => one.arm === arm && one.played === what)!;

/** Requests of a class that a point sent. n excludes the warm-up, so the bounds below allow for it. */
const requests = (results: Results): number => results.options.rps[0]! * results.options.duration;

function assertNoneLost(results: Results): void {
  for (const point of results.points) {
    assert.equal(point.errors, 0, `${point.arm} ${point.class}: ${JSON.stringify(results.conditions)}`);
    assert.equal(point.n, requests(results), `${point.arm} ${point.class}`);
  }
}

function assertLevelsRight(results: Results, arm: string): void {
  const { calls, counted, demoted, found, ambiguous } = joinsOf(results.visits, arm);
  assert.ok(calls > 0 && demoted > 0);
  assert.deepEqual({ counted, ambiguous }, { counted: calls, ambiguous: 0 });
  assert.ok(found >= demoted, `${found} of ${demoted} demoted calls were joined`);
  for (const row of results.rows) assert.equal(row.wrongLevels, 0, `${row.arm} ${row.class}`);
}

suite("the lab, short", { skip }, () => {
  let results: Results;
  before(async () => {
    results = await runLab("arms", [...["--arms", "mesh,connections,packets", "--alone", "all"], ...short]);
  });

  test("every request is answered, in every arm", () => assertNoneLost(results));

  test("every call is joined to the request that caused it, and no application saw a wrong level", () => {
    for (const arm of ["connections", "packets"]) assertLevelsRight(results, arm);
  });

  test("a plain mesh marks nothing", () => {
    for (const what of ["mixed", "ls", "batch"]) {
      const { sent, received } = played(results, "mesh", what).link;
      assert.ok(sent.ls.bytes > 0 && received.ls.bytes > 0);
      assert.deepEqual(
        [sent.batch, received.batch],
        [
          { bytes: 0, packets: 0 },
          { bytes: 0, packets: 0 },
        ],
      );
    }
  });

  test("packets: with one class alone, every byte has that class's level, in both directions", () => {
    const other = { ls: "batch", batch: "ls" } as const;
    for (const name of classes) {
      const { sent, received } = played(results, "packets", name).link;
      assert.ok(sent[name].bytes > requests(results) * profiles.quick.bytes[name]);
      assert.ok(received[name].bytes > 0);
      const strays = [sent[other[name]], received[other[name]]];
      assert.deepEqual(
        strays,
        [
          { bytes: 0, packets: 0 },
          { bytes: 0, packets: 0 },
        ],
        name,
      );
    }
  });

  test("packets: with both classes, responses of batch are low and none of their bytes is high", () => {
    const { sent, received } = played(results, "packets", "mixed").link;
    const { bytes } = profiles.quick;
    assert.ok(sent.batch.bytes > requests(results) * bytes.batch);
    // One response of batch alone is larger than half of everything that the latency-sensitive class receives.
    const alone = played(results, "packets", "ls").link;
    assert.ok(sent.ls.bytes < alone.sent.ls.bytes + bytes.batch / 2, `${sent.ls.bytes} ${alone.sent.ls.bytes}`);
    assert.ok(sent.ls.bytes > requests(results) * bytes.ls);
    assert.ok(received.ls.bytes < alone.received.ls.bytes * 1.5);
  });

  test("packets: the queue's classes agree with the link's counters", () => {
    const [visit] = results.visits.filter(({ arm }) => arm === "packets");
    const total = (name: RequestClass): number =>
      results.conditions
        .filter(({ arm }) => arm === "packets")
        .reduce((sum, { link }) => sum + link.sent[name].bytes, 0);
    const { inSync, levels } = visit!.classes.ratings!;
    assert.ok(inSync);
    for (const [index, name] of classes.entries()) {
      const queued = levels[index]!.bytes;
      // The queue also counts Ethernet headers, once for each frame that a large packet is split into.
      assert.ok(queued >= total(name) && queued < total(name) * 1.2, `${name}: ${queued} queued, ${total(name)} sent`);
    }
  });

  test("connections: requests are marked by level; responses are not, because nothing orders them", () => {
    const { sent, received } = played(results, "connections", "mixed").link;
    assert.ok(received.ls.bytes > 0 && received.batch.bytes > 0);
    assert.equal(sent.batch.bytes, 0);
    assert.equal(played(results, "connections", "ls").link.received.batch.bytes, 0);
    assert.equal(played(results, "connections", "batch").link.received.ls.bytes, 0);
  });
});

/** Bytes that ratings sent in an arm, by class. */
const sentIn = (results: Results, arm: string): Readonly<Record<RequestClass, number>> => {
  const { sent } = played(results, arm, "mixed").link;
  return { ls: sent.ls.bytes, batch: sent.batch.bytes };
};

suite("the lab, with a backup", { skip }, () => {
  test("a pod without a proxy is in its label's class, and gets what is left", async () => {
    const results = await runLab("backup", [...["--arms", "backup-unlabelled,backup", "--alone", "none"], ...short]);
    // Without the label, requests wait behind the backup, and some may not be answered before the arm ends.
    assertNoneLost({ ...results, points: results.points.filter(({ arm }) => arm === "backup") });
    for (const { arm, copied } of results.conditions) assert.ok(copied! > 1e6, `${arm}: ${copied}`);
    const batch = profiles.quick.bytes.batch * requests(results);
    const without = sentIn(results, "backup-unlabelled");
    assert.ok(without.ls > without.batch && without.batch < batch * 2, JSON.stringify(without));
    const labelled = sentIn(results, "backup");
    assert.ok(labelled.batch > labelled.ls * 10, JSON.stringify(labelled));
  });
});

suite("the lab, with an application that has too few workers", { skip }, () => {
  /** More than ratings can do, for long enough that it gets more requests than the queue's limit. */
  const args = ["--profile", "compute", "--rho", "1.3", "--duration", "2", "--repeats", "1", "--warm-up", "0.5"];

  test("no more than the queue's limit are at ratings, all are answered, and levels are right", async () => {
    const results = await runLab("compute", ["--alone", "none", ...args]);
    for (const { arm, class: name, n, errors } of results.points.filter(({ arm }) => arm !== "envoy-adaptive")) {
      const sent = Math.round(rateOf(profiles.compute, results.options.rps[0]!, name) * results.options.duration);
      assert.deepEqual({ n, errors }, { n: sent, errors: 0 }, `${arm} ${name}: ${JSON.stringify(results.conditions)}`);
    }
    assertLevelsRight(results, "queue");
    const limit = parse(readFileSync(join(import.meta.dirname, "request-queue.yaml"), "utf8")).spec.concurrencyLimit;
    const atOnce = (arm: string) => results.visits.find((visit) => visit.arm === arm)!.atOnce;
    assert.equal(atOnce("queue"), limit.fixed);
    assert.ok(atOnce("mesh") > limit.fixed * 2, `${atOnce("mesh")}`);
    // Envoy's filter refuses what is above its limit.
    assert.ok(results.points.some(({ arm, errors }) => arm === "envoy-adaptive" && errors > 0));
  });
});

suite("the lab, with two pods of the bottleneck's service", { skip }, () => {
  test("all are answered, and levels are right", async () => {
    const arms = ["--arms", "replicas-mesh,replicas-queue", "--alone", "none"];
    const results = await runLab("replicas", ["--profile", "compute", ...arms, ...short]);
    assert.ok(results.points.length > 0 && results.points.every(({ errors }) => errors === 0));
    assertLevelsRight(results, "replicas-queue");
  });
});

suite("the lab, with the scavenger", { skip }, () => {
  test("answers of batch use it, or the arm is skipped with the reason", async (t) => {
    const results = await runLab("scavenger", [
      ...["--arms", "mesh-switch,packets-scavenger", "--alone", "none"],
      ...short,
    ]);
    assertNoneLost(results);
    const reason = results.arms.find(({ name }) => name === "packets-scavenger")?.skipped;
    if (reason !== undefined) return t.skip(reason);
    assertLevelsRight(results, "packets-scavenger");
    const of = (arm: string) => results.visits.find((visit) => visit.arm === arm)?.congestion;
    const [usual] = of("mesh-switch")!;
    assert.deepEqual(of("packets-scavenger"), [usual, "scavenger"].sort());
  });
});

suite("the lab, with an application that forwards only traceparent", { skip }, () => {
  test("every call is joined by the trace id, and bytes have the right class", async () => {
    const results = await runLab("traceparent", [
      ...["--arms", "packets", "--alone", "none", "--forward", "traceparent"],
      ...short,
    ]);
    assertNoneLost(results);
    assertLevelsRight(results, "packets");
    const counters = Object.entries(results.visits[0]!.counters);
    const byTraceparent = counters.find(([name]) => name.endsWith(".joins.found.traceparent"))?.[1];
    const { demoted } = joinsOf(results.visits, "packets");
    assert.ok(byTraceparent! >= demoted / callsPerRequest, "reviews' calls, one for each request");
    const { sent } = played(results, "packets", "mixed").link;
    assert.ok(sent.batch.bytes > requests(results) * profiles.quick.bytes.batch);
    assert.ok(sent.ls.bytes < (requests(results) * profiles.quick.bytes.batch) / 2);
  });
});
