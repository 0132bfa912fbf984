// The committed BPF object is what its sources compile to, wherever they are.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { compile, findCompiler, objectOf } from "./scavenger.mjs";

const root = resolve(import.meta.dirname, "..");
const searched = await findCompiler(root);
const skip = searched === undefined && "clang 14.0.6 is not here; npm run build:scavenger brings it";
const elsewhere = mkdtempSync(join(tmpdir(), "scavenger-"));
after(() => rmSync(elsewhere, { recursive: true }));

test("the scavenger's object is what its sources compile to", { skip }, async () => {
  cpSync(join(root, "scavenger"), join(elsewhere, "scavenger"), { recursive: true });
  const object = join(elsewhere, "compiled.o");
  await compile(elsewhere, searched, object);
  assert.ok(
    readFileSync(object).equals(readFileSync(objectOf(root))),
    "npm run build:scavenger, and commit the object",
  );
});

test("the scavenger's object names its operations by a digest of the sources, in at most 15 characters", () => {
  assert.match(readFileSync(objectOf(root), "latin1"), /\0scavenger_[0-9a-f]{5}\0/);
});
