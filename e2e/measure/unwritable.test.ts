// A file that can't be written is reported before a run, not after it.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unwritable } from "./unwritable.ts";

const folder = mkdtempSync(join(tmpdir(), "write-test-"));
after(() => rmSync(folder, { recursive: true }));

test("a folder that does not exist yet is fine, and is not created", () => {
  assert.equal(unwritable(join(folder, "a", "b", "results.json")), undefined);
  assert.ok(!existsSync(join(folder, "a")));
});

test("a folder where the file should be, a file where the folder should be, and an unwritable folder are refused", () => {
  writeFileSync(join(folder, "file"), "");
  assert.equal(unwritable(folder), "is a folder; name a file in it");
  assert.equal(unwritable(join(folder, "file", "results.json")), `${join(folder, "file")} is not a folder`);
  assert.match(unwritable("/proc/1/results.json") ?? "", /^can't write to \/proc\/1 \(E[A-Z]+\)$/);
});
