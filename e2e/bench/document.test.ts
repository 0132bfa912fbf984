// Writing the tables keeps the text around them, and never adds a second copy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withTables } from "./document.ts";
import type { Results } from "./results.ts";

const results: Results = {
  machine: { cores: 2, cpu: "a processor", kernel: "6.1", envoy: "1.39.3", others: 0.031 },
  settings: { rounds: 15, seconds: 1, connections: [8, 64] },
  variants: [],
  hostCalls: [{ name: "get the time", nanoseconds: { value: 52.4, low: -0.2, high: 61 } }],
  callbacks: [],
  shares: [],
  scaling: [],
  memory: [],
  cold: undefined,
  code: [{ name: "inbound", lines: 57, instructions: 5888, hostCalls: 4 }],
};
const document = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");

test("document: the tables go between the markers, and the text around them stays", () => {
  const written = withTables(document, results);
  assert.match(written, /\| inbound \| 57 \| 5888 \| 4 \|/);
  assert.match(written, /\| get the time \| 52 \[0, 61\] \|/);
  assert.match(
    written,
    /Envoy 1\.39\.3 on 2 cores \(a processor\), Linux 6\.1; other programs had 3 % of the CPU time/,
  );
  const [before = "", after = ""] = document.split(/<!-- Measured.*<!-- End of what was measured\. -->/s);
  assert.ok(before.length > 100 && after.length > 100);
  assert.ok(written.startsWith(before) && written.endsWith(after));
});

test("document: writing again changes nothing", () => {
  const written = withTables(document, results);
  assert.equal(withTables(written, results), written);
});

test("document: a text without the markers is refused", () => {
  assert.throws(() => withTables("# What the filter costs", results), /must contain "<!-- Measured/);
});
