// The Containerfile, read by a parser of Docker's own grammar, because nobody here can build it: pinned bases, no shell around programs, no
// package lists left, and what the package does not contain is not copied.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DockerfileParser } from "dockerfile-ast";

const file = DockerfileParser.parse(readFileSync(join(import.meta.dirname, "Containerfile"), "utf8"));
const of = (keyword: string): readonly string[] =>
  file
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArgumentsContent() ?? "");

test("each stage starts from an exact version", () => {
  const froms = file.getFROMs();
  assert.deepEqual(
    froms.map((from) => from.getBuildStage()),
    ["controller", "agent"],
  );
  for (const from of froms) assert.match(from.getImageTag() ?? "", /^\d+\.\d+\.\d+-\w+-slim$/);
});

test("it has no instruction but these, and each program is started without a shell", () => {
  const keywords = new Set(file.getInstructions().map((instruction) => instruction.getKeyword()));
  assert.deepEqual([...keywords].sort(), ["COPY", "ENTRYPOINT", "FROM", "RUN", "USER"]);
  for (const entrypoint of of("ENTRYPOINT")) assert.ok(Array.isArray(JSON.parse(entrypoint)));
  for (const copy of of("COPY")) assert.equal(copy, ". /app");
});

test("packages are installed without those that they recommend, and their lists are removed", () => {
  const [install, ...others] = of("RUN").map((text) => text.replace(/\\\n/g, " "));
  assert.deepEqual(others, []);
  assert.match(install!, /apt-get install --yes --no-install-recommends [a-z0-9 -]*iproute2 nftables/);
  assert.match(install!, /rm -rf \/var\/lib\/apt\/lists\/\*$/);
});
