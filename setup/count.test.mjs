// A suite that fails without a failing test of its own is a failure: what the real test runner reports of such files is counted.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** In a process of its own, because a test's process runs no further files. */
const program = `
import { run } from "node:test";
import { count, nothing } from ${JSON.stringify(new URL("count.mjs", import.meta.url).href)};
const total = nothing();
const stream = run({ files: [process.argv[2]] });
count(stream, total);
for await (const _ of stream);
console.log(JSON.stringify(total));`;
const { NODE_TEST_CONTEXT: _, ...env } = process.env;

const fails = '() => { throw new Error("no"); }';
const ignored = "() => {}";

for (const [what, body, expected] of [
  ["a passing test", `suite("s", () => { test("t", ${ignored}); });`, [1, 0, 0]],
  [
    "a failing test counts once, however deep it is",
    `suite("s", () => { suite("i", () => { test("t", ${fails}); }); });`,
    [0, 1, 0],
  ],
  // The test is cancelled.
  ["a hook before the tests", `suite("s", () => { before(${fails}); test("t", ${ignored}); });`, [0, 2, 0]],
  ["a hook after the tests", `suite("s", () => { after(${fails}); test("t", ${ignored}); });`, [1, 1, 0]],
  ["a hook of a suite without tests", `suite("s", () => { before(${fails}); });`, [0, 1, 0]],
  ["the suite's own code", `suite("s", ${fails});`, [0, 1, 0]],
  ["a hook of the file", `after(${fails}); test("t", ${ignored});`, [1, 1, 0]],
  ["the file", 'throw new Error("no");', [0, 1, 0]],
  ["a known defect", `suite("s", () => { test("t", { todo: "why" }, ${fails}); });`, [0, 0, 1]],
  ["a skipped suite", `suite("s", { skip: "why" }, () => { test("t", ${fails}); });`, [0, 0, 1]],
])
  test(`counted: ${what}`, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "count-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "some.test.mjs");
    writeFileSync(file, `import { after, before, suite, test } from "node:test";\n${body}\n`);
    const runner = join(folder, "run.mjs");
    writeFileSync(runner, program);
    const total = JSON.parse(execFileSync(process.execPath, [runner, file], { encoding: "utf8", env }));
    assert.deepEqual([total.passed, total.failed, total.skipped.length], expected);
    for (const reason of total.skipped) assert.match(reason, /why$/);
  });
