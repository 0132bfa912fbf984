// The map for new readers names only files and folders that exist.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

test("every path in docs/architecture.md exists", () => {
  const text = readFileSync("docs/architecture.md", "utf8");
  const paths = [...text.matchAll(/`((?:control-plane|e2e|filter|release|setup|\.dependency)[^`\s]*)`/g)].map(
    ([, path]) => path,
  );
  assert.ok(paths.length > 40, `${paths.length} paths`);
  for (const path of paths) assert.ok(existsSync(path), path);
});
