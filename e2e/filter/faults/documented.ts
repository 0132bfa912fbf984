// Asserts that docs/operations/filter-failures.md has a row with a test's finding.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const page = new URL("../../../docs/operations/filter-failures.md", import.meta.url);

export function assertDocumented(...cells: readonly string[]): void {
  const row = `| ${cells.join(" | ")} |`;
  assert.ok(
    readFileSync(page, "utf8").split("\n").includes(row),
    `docs/operations/filter-failures.md has no row\n${row}`,
  );
}
