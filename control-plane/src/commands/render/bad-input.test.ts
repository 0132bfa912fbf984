// Bad input: every problem is reported on a line of its own, and nothing is written. (Fields: bad-ladder.test.ts, bad-policy.test.ts.)
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ladder, policy, refused } from "../../../test/refused.ts";
import type { UserError } from "../user-error.ts";
import { render } from "./render.ts";

const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

test("several problems are all reported", () => {
  const found = refused(
    ladder.replace("dscp: CS1", "dscp: CS9").replace("rate: 1Gbit", "rate: fast"),
    policy.replace("level: batch", "level: Bulk!").replace("prefix: /export", "prefix: export"),
  );
  assert.deepEqual(
    found.map((line) => line.replace(/(: [^:]+: [^:]+): .*/, "$1")),
    [
      "ladder.yaml:7: PriorityLadder default: spec.levels[1].dscp",
      "ladder.yaml:10: PriorityLadder default: spec.links[0].rate",
      "policy.yaml:7: PriorityPolicy shop: spec.rules[0].match.path.prefix",
      "policy.yaml:8: PriorityPolicy shop: spec.rules[0].level",
    ],
  );
});

test("empty documents are ignored", () => {
  assert.deepEqual(refused(`---\n# a comment\n---\n${ladder}---\n`, `${policy}---\n`), []);
});

test("an output that cannot be written is named, also where no folder can be made", () => {
  const input = join(folder, "ladder.yaml");
  writeFileSync(input, ladder);
  const toFile = (output: string) => () => render({ file: [input], target: "node", output });
  assert.throws(toFile(join(input, "in-a-file")), { message: /^--output: .*in-a-file cannot be written: ENOTDIR/ });
  assert.throws(toFile("/proc/expedite/out"), {
    message: /^--output: \/proc\/expedite\/out cannot be written: ENOENT/,
  });
});

test("the same object twice, no ladder, no file, an empty folder", () => {
  assert.deepEqual(refused(ladder, `${policy}---\n${policy}`), [
    "policy.yaml:10: PriorityPolicy shop/shop is also in policy.yaml:1",
  ]);
  assert.deepEqual(refused("# nothing\n"), [
    "the files have no PriorityLadder named default; add one, e.g. what `kubectl get priorityladder default -o yaml` prints",
  ]);
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const of = (file: string): readonly string[] => {
    try {
      render({ file: [file], target: "node", output: join(folder, "never") });
    } catch (error) {
      return (error as UserError).problems;
    }
    return [];
  };
  assert.deepEqual(of(empty), [`${empty}: the folder has no *.yaml, *.yml or *.json`]);
  assert.deepEqual(of(join(folder, "missing")), [`${join(folder, "missing")}: does not exist`]);
});
