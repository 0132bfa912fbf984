// The code that a request of the bench executes: the same each time, and little where nothing is to be done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeTurns } from "./code.ts";
import { type ExecutedCode, executedCode } from "./executed-code.ts";
import { playedVariants } from "./played-variants.ts";
import { variantNames, variants } from "./variants.ts";

/** Of a request of the default level where nothing was demoted. */
function executed(): ExecutedCode {
  const [played] = playedVariants(variants().filter(({ name }) => name === "inbound-default"));
  played!.send(0);
  return executedCode(() => played!.send(1));
}

test("a request of the default level executes little, and each time the same", () => {
  const found = executed();
  assert.ok(found.lines > 1 && found.lines < 30, `${found.lines} lines`);
  assert.ok(found.instructions < 300, `${found.instructions} instructions`);
  assert.deepEqual(executed(), found);
});

test("variants of the default level are counted twice, and those without Expedite not at all", () => {
  assert.equal(codeTurns(["no-filter", "lua"]), 0);
  assert.equal(codeTurns(["inbound", "inbound-default"]), 3);
  assert.equal(codeTurns(variantNames), 17);
});
