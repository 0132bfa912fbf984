// What a run writes from known measurements: results.json, tables, report and figure show the same numbers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arms } from "../arms.ts";
import { parseOptions } from "../options.ts";
import { figure } from "./figure.ts";
import { png } from "./figure-png.ts";
import { twoArms } from "./made-measurement.ts";
import { report } from "./report.ts";
import { resultsOf } from "./results.ts";
import { terminalReport } from "./terminal.ts";

const made = (n: number) =>
  resultsOf({
    startedAt: new Date(0),
    options: parseOptions(["--arms", "mesh,mesh-fq_codel,packets"]),
    machine: {
      versions: { expedite: "0", node: "24", envoy: "1.39.3", kernel: "6", iproute2: "6", nftables: "1" },
      hardware: { cpu: "test", cores: 2, memoryGiB: 8, arch: "x64" },
    },
    arms: arms.filter(({ name }) => ["mesh", "mesh-fq_codel", "packets"].includes(name)),
    skipped: new Map([["mesh-fq_codel", "this kernel has no fq_codel"]]),
    played: { measurements: twoArms({ n }), visits: [], congestionControl: "reno" },
  });

const results = made(1000);
const text = terminalReport(results, (_style, plain) => plain);

test("points have exactly the documented fields, and null for a quantile without enough values", () => {
  assert.equal(results.points.length, 2 * (2 + 2 + 1));
  for (const point of results.points) {
    const { profile, arm, rps, class: name, alone, repeat, n, answered, errors, p50, p90, p99, p999, ...more } = point;
    assert.deepEqual(more, {});
    assert.deepEqual(
      { profile, rps, n, answered, errors, p999 },
      { profile: "quick", rps: 50, n: 1000, answered: 1000, errors: 0, p999: null },
    );
    assert.ok(p50! < p90! && p90! < p99!, `${arm} ${name} ${alone} ${repeat}`);
  }
});

test("each arm has a distribution, which rises from left to right", () => {
  assert.deepEqual(
    results.cdf.map(({ arm, class: name, alone }) => `${arm} ${name} ${alone}`),
    [...["mesh ls false", "mesh batch false", "packets ls false", "packets batch false", "packets ls true"]],
  );
  for (const { points } of results.cdf)
    assert.ok(
      points.every(
        ([ms, share], index) => index === 0 || (ms >= points[index - 1]![0] && share > points[index - 1]![1]),
      ),
    );
});

test("terminal and report show the gain, the skipped arm with its reason, and no arm that did not run", () => {
  for (const shown of [text, report(results)]) {
    assert.match(shown, /3\.0[678]/);
    assert.match(shown, /mesh-fq_codel skipped: this kernel has no fq_codel\./);
    assert.doesNotMatch(shown, /no-mesh|NaN|undefined|Infinity/);
  }
  assert.match(text, /3\.0\d × faster at p50 \(at most 4\.0\d × is possible\)/);
});

test("the terminal's lines fit 120 columns, except for the notes", () => {
  for (const line of text.split("\n").slice(
    0,
    text.split("\n").findIndex((one) => one.includes("skipped")),
  ))
    assert.ok([...line].length <= 120, line);
});

test("the figure names every arm that ran, and only those, and contains no NaN", () => {
  const svg = figure(results);
  for (const name of ["mesh", "packets", "packets, alone"]) assert.ok(svg.includes(`>${name}</text>`), name);
  assert.doesNotMatch(svg, /fq_codel|NaN|undefined|Infinity|<style/);
});

test("too few values for any quantile still make a figure", () => {
  const svg = figure(made(5));
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
});

test("the PNG is twice the SVG's size, and its text is drawn without the machine's fonts", () => {
  const svg = figure(results);
  const [drawn, blank] = [png(svg), png(svg.replaceAll(/<text[^>]*>[^<]*<\/text>/g, ""))];
  assert.equal(drawn.subarray(1, 4).toString(), "PNG");
  assert.deepEqual([drawn.readUInt32BE(16), drawn.readUInt32BE(20)], [1600, 800]);
  assert.ok(drawn.length > blank.length * 1.2, `${drawn.length} ${blank.length}`);
});
