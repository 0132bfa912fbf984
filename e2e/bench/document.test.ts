// Writing the tables of a part keeps the text around them and the other parts, and never adds a second copy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withTables } from "./document.ts";
import type { Results } from "./results.ts";

const nothing: Results = {
  machine: { cores: 2, cpu: "a processor", kernel: "6.1", envoy: "1.39.3", others: 0.031 },
  settings: { rounds: 15, seconds: 1, connections: [8, 64] },
  ...{ variants: [], hostCalls: [], callbacks: [], shares: [], scaling: [], memory: [], cold: undefined, code: [] },
};
const results: Results = {
  ...nothing,
  hostCalls: [{ name: "get the time", nanoseconds: { value: 52.4, low: -0.2, high: 61 } }],
  code: [{ name: "inbound", lines: 57, instructions: 5888, hostCalls: 4 }],
};
const document = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");

/** Everything but the section that a part writes. */
function around(text: string, part: string): readonly string[] {
  const [before = "", rest = ""] = text.split(`<!-- Measured by npm run bench:filter -- --parts ${part};`);
  return [before, rest.slice(rest.indexOf("<!-- End of what was measured. -->"))];
}

test("document: the tables of each part go between its markers, with how they were measured", () => {
  const written = withTables(document, results);
  assert.match(written, /--parts code; written by it\. -->\n\n### The filter's own code/);
  assert.match(written, /\| inbound \| 57 \| 5888 \| 4 \|\n\nCounted, so the numbers are the same/);
  assert.match(written, /\| get the time \| 52 \[0, 61\] \|/);
  assert.match(
    written,
    /Envoy 1\.39\.3 on 2 cores \(a processor\), Linux 6\.1; other programs had 3 % of the CPU time\. Rounds: 15, slices of 1 s;/,
  );
});

test("document: the text around a part and the other parts stay", () => {
  const written = withTables(document, { ...nothing, code: results.code });
  assert.notEqual(written, document);
  assert.deepEqual(around(written, "code"), around(document, "code"));
  assert.equal(withTables(document, nothing), document);
});

test("document: writing again changes nothing", () => {
  const written = withTables(document, results);
  assert.equal(withTables(written, results), written);
});

test("document: a text without the markers, or with one of them, is refused", () => {
  const says = /must contain "<!-- Measured by npm run bench:filter -- --parts host-calls/;
  const begin = "<!-- Measured by npm run bench:filter -- --parts host-calls; written by it. -->";
  assert.throws(() => withTables("# What the filter costs", results), says);
  assert.throws(() => withTables(`${begin}\n\n<!-- End of`, results), says);
  assert.throws(
    () => withTables(`${begin}\n<!-- Measured by x -->\n<!-- End of what was measured. -->`, results),
    says,
  );
});
