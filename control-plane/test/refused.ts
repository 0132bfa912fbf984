// Runs the command with a ladder and a policy, and returns its messages, one per line without the folder's name; asserts that it wrote
// nothing.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { render } from "../src/commands/render/render.ts";
import { UserError } from "../src/commands/user-error.ts";

export const ladder = `apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec:
  levels:
    - { name: interactive }
    - { name: batch, dscp: CS1, minShare: 5% }
  defaultLevel: interactive
  links:
    - { name: web, scope: Pod, selector: { app: web }, rate: 1Gbit }
`;
export const policy = `apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: shop, namespace: shop }
spec:
  rules:
    - name: exports
      match: { path: { prefix: /export } }
      level: batch
`;

/** Empty if both are accepted. */
export function refused(ladderText: string, policyText = policy): readonly string[] {
  const input = mkdtempSync(join(tmpdir(), "expedite-"));
  try {
    writeFileSync(join(input, "ladder.yaml"), ladderText);
    writeFileSync(join(input, "policy.yaml"), policyText);
    const [envoy, node] = (["envoy", "node"] as const).map((target) => problems(input, target));
    assert.deepEqual(envoy, node);
    return node ?? [];
  } finally {
    rmSync(input, { recursive: true });
  }
}

function problems(input: string, target: "envoy" | "node"): readonly string[] {
  try {
    render({ file: [input], target, output: join(input, "out"), filter: join(input, "ladder.yaml") });
    rmSync(join(input, "out"), { recursive: true });
    return [];
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.ok(!readdirSync(input).includes("out"), "something was written");
    return error.problems.map((problem) => problem.replaceAll(`${input}/`, ""));
  }
}

/** Name, text in the valid input, its replacement, and the whole message. */
export type BadInput = readonly [string, string, string, string];

/** One test for each; the text is in the ladder or the policy. */
export function testBadInput(bad: readonly BadInput[]): void {
  for (const [name, good, wrong, message] of bad)
    test(name, () => {
      const isLadder = ladder.includes(good);
      assert.ok(isLadder || policy.includes(good), "the good input has no such text");
      const found = isLadder ? refused(ladder.replace(good, wrong)) : refused(ladder, policy.replace(good, wrong));
      assert.deepEqual(found, [message]);
    });
}
