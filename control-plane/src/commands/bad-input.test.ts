// Bad input: one line each that names file, field, value and what is allowed; every problem is said, and nothing is written.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { render } from "./render.ts";
import { UserError } from "./user-error.ts";

const folder = mkdtempSync(join(tmpdir(), "expedite-"));
after(() => rmSync(folder, { recursive: true }));

const ladder = `apiVersion: expedite.dev/v1alpha1
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
const policy = `apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: shop, namespace: shop }
spec:
  rules:
    - name: exports
      match: { path: { prefix: /export } }
      level: batch
`;

/** What is refused of the two files, without the folder's name. */
function problems(ladderText: string, policyText = policy): readonly string[] {
  const input = mkdtempSync(join(folder, "in-"));
  const output = join(input, "out");
  writeFileSync(join(input, "ladder.yaml"), ladderText);
  writeFileSync(join(input, "policy.yaml"), policyText);
  for (const target of ["envoy", "node"] as const) {
    try {
      render({ file: [input], target, output, filter: join(input, "ladder.yaml") });
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      assert.ok(!readdirSync(input).includes("out"), "something was written");
      if (target === "node") return error.problems.map((problem) => problem.replaceAll(`${input}/`, ""));
    }
  }
  return [];
}

const dscps =
  "DF, LE, CS1, AF11, AF12, AF13, CS2, AF21, AF22, AF23, CS3, AF31, AF32, AF33, CS4, AF41, AF42, AF43, CS5, EF, CS6, CS7";
const inLadder = "PriorityLadder default: spec";
const inPolicy = "PriorityPolicy shop: spec";
const policyId = "PriorityPolicy shop/shop: spec";

/** Name, text of the good input, what stands there instead, and the whole message. */
const bad: readonly (readonly [string, string, string, string])[] = [
  [
    "an unknown level",
    "level: batch",
    "level: bulk",
    `policy.yaml:8: ${policyId}.rules[0].level: "bulk" is not a level of PriorityLadder default; allowed: interactive, batch`,
  ],
  [
    "an unknown default level of a policy",
    "spec:\n  rules",
    "spec:\n  defaultLevel: bulk\n  rules",
    `policy.yaml:5: ${policyId}.defaultLevel: "bulk" is not a level of PriorityLadder default; allowed: interactive, batch`,
  ],
  [
    "an unknown default level of the ladder",
    "defaultLevel: interactive",
    "defaultLevel: normal",
    `ladder.yaml:8: ${inLadder}.defaultLevel: "normal" is not one of the levels; allowed: interactive, batch`,
  ],
  [
    "a duplicate level",
    "name: batch, dscp: CS1",
    "name: interactive, dscp: CS1",
    `ladder.yaml:7: ${inLadder}.levels[1].name: "interactive" is there twice; allowed: each name once`,
  ],
  [
    "shares over 100 %",
    "- { name: interactive }",
    "- { name: interactive, minShare: 96% }",
    `ladder.yaml:5: ${inLadder}.levels: keep 101% of a link in all (minShare); allowed: at most 100%`,
  ],
  [
    "shares that leave nothing",
    "minShare: 5%",
    "minShare: 100%",
    `ladder.yaml:5: ${inLadder}.levels: leave nothing for interactive: minShare of the others is 100%`,
  ],
  [
    "a share that is no share",
    "minShare: 5%",
    "minShare: half",
    `ladder.yaml:7: ${inLadder}.levels[1].minShare: "half" is not a share; allowed: 1% to 99%`,
  ],
  [
    "a rate that is no rate",
    "rate: 1Gbit",
    "rate: fast",
    `ladder.yaml:10: ${inLadder}.links[0].rate: "fast" is not a rate; allowed: a number with a unit of tc(8), e.g. 100Mbit, 9.5Gbit (64kbit to 1.6Tbit)`,
  ],
  [
    "a rate of nothing",
    "rate: 1Gbit",
    "rate: 0Gbit",
    `ladder.yaml:10: ${inLadder}.links[0].rate: "0Gbit" is not a rate; allowed: a number with a unit of tc(8), e.g. 100Mbit, 9.5Gbit (64kbit to 1.6Tbit)`,
  ],
  [
    "a policy for another ladder",
    "spec:\n  rules",
    "spec:\n  ladder: other\n  rules",
    `policy.yaml:5: ${policyId}.ladder: "other" is not the ladder of this mesh; allowed: default`,
  ],
  [
    "an unknown field",
    "minShare: 5%",
    "minshare: 5%",
    `ladder.yaml:7: ${inLadder}.levels[1].minshare: is not a field; allowed: name, dscp, minShare, congestionControl`,
  ],
  [
    "an unknown field of a match",
    "prefix: /export",
    "glob: /export",
    `policy.yaml:7: ${inPolicy}.rules[0].match.path.glob: is not a field; allowed: exact, prefix`,
  ],
  [
    "two ways to match a path",
    "prefix: /export",
    "prefix: /export, exact: /e",
    `policy.yaml:7: ${inPolicy}.rules[0].match.path: needs exactly one of: exact, prefix`,
  ],
  [
    "no way to match a header",
    "path: { prefix: /export }",
    "headers: [{ name: x-a }]",
    `policy.yaml:7: ${inPolicy}.rules[0].match.headers[0]: needs exactly one of: exact, prefix, present`,
  ],
  [
    "a kind that is not read",
    "kind: PriorityPolicy",
    "kind: Deployment",
    'policy.yaml:2: Deployment shop: kind: "Deployment" is not a kind that is read here; allowed: PriorityLadder, PriorityPolicy, Service, Pod, Gateway, HTTPRoute',
  ],
  [
    "no kind",
    "kind: PriorityPolicy\n",
    "",
    "policy.yaml:1: shop: kind: is required; allowed: PriorityLadder, PriorityPolicy, Service, Pod, Gateway, HTTPRoute",
  ],
  [
    "another version",
    "alpha1\nkind: PriorityPolicy",
    "\nkind: PriorityPolicy",
    `policy.yaml:1: PriorityPolicy shop: apiVersion: "expedite.dev/v1" is not allowed here; allowed: expedite.dev/v1alpha1`,
  ],
  [
    "another ladder",
    "metadata: { name: default }",
    "metadata: { name: mine }",
    'ladder.yaml:3: PriorityLadder mine: metadata.name: "mine" is not allowed here; allowed: default',
  ],
  [
    "a DSCP that is none",
    "dscp: CS1",
    "dscp: CS9",
    `ladder.yaml:7: ${inLadder}.levels[1].dscp: "CS9" is not a DSCP name; allowed: ${dscps}`,
  ],
  [
    "two levels with one DSCP",
    "- { name: interactive }",
    "- { name: interactive, dscp: CS1 }",
    `ladder.yaml:7: ${inLadder}.levels[1].dscp: "CS1" is also that of interactive: a packet could not tell the two apart`,
  ],
  [
    "DF for a level that is not the default",
    "- { name: interactive }\n    - { name: batch, dscp: CS1, minShare: 5% }",
    "- { name: interactive, dscp: EF }\n    - { name: batch }",
    `ladder.yaml:7: ${inLadder}.levels[1].dscp: is DF, as unmarked packets are; allowed: DF only for interactive, the default level`,
  ],
  [
    "a level that is no name",
    "name: batch, dscp",
    "name: Batch Jobs, dscp",
    `ladder.yaml:7: ${inLadder}.levels[1].name: "Batch Jobs" must be a lower-case DNS label`,
  ],
  [
    "no levels",
    "levels:\n    - { name: interactive }\n    - { name: batch, dscp: CS1, minShare: 5% }\n",
    "levels: []\n",
    `ladder.yaml:5: ${inLadder}.levels: has too few entries; allowed: at least 1`,
  ],
  [
    "levels that are no list",
    "levels:\n    - { name: interactive }\n    - { name: batch, dscp: CS1, minShare: 5% }\n",
    "levels: interactive\n",
    `ladder.yaml:5: ${inLadder}.levels: "interactive" must be a list`,
  ],
  [
    "a mode that is none",
    "spec:\n  levels",
    "spec:\n  mode: On\n  levels",
    `ladder.yaml:5: ${inLadder}.mode: "On" is not allowed here; allowed: Off, Observe, Enforce`,
  ],
  [
    "a pod link without selector",
    "selector: { app: web }, rate",
    "rate",
    `ladder.yaml:10: ${inLadder}.links[0].selector: is required for scope Pod: at least one label`,
  ],
  [
    "text that is no YAML",
    "spec:\n  levels:",
    "spec: [\n  levels:",
    "ladder.yaml:6:5: is not YAML: Block collections are not allowed within flow collections",
  ],
];

for (const [name, good, wrong, message] of bad)
  test(name, () => {
    const isLadder = ladder.includes(good);
    assert.ok(isLadder || policy.includes(good), "the good input has no such text");
    const found = isLadder ? problems(ladder.replace(good, wrong)) : problems(ladder, policy.replace(good, wrong));
    assert.deepEqual(found, [message]);
  });

test("several problems are all said", () => {
  const found = problems(
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

test("the same object twice, no ladder, no file, an empty folder", () => {
  assert.deepEqual(problems(ladder, `${policy}---\n${policy}`), [
    "policy.yaml:10: PriorityPolicy shop/shop is also in policy.yaml:1",
  ]);
  assert.deepEqual(problems("# nothing\n"), ["no PriorityLadder named default in the files given"]);
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
  assert.deepEqual(of(empty), [`${empty}: holds no *.yaml`]);
  assert.deepEqual(of(join(folder, "missing")), [`${join(folder, "missing")}: does not exist`]);
});
