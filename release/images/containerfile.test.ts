// The Containerfile, read by a parser of Docker's own grammar, because nobody here can build it: pinned bases, no shell around programs, no
// package lists left, and what the package does not contain is not copied.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DockerfileParser } from "dockerfile-ast";
import { repository } from "../bundle.ts";
import { agentPrograms } from "./agent.ts";
import { shipped } from "./shipped.ts";

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

test("it makes what npm run image ships: the same Node, programs, users and commands", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  for (const from of file.getFROMs()) assert.ok(from.getImageTag()?.startsWith(`${devDependencies.node}-`));
  const expected = [shipped.controller, shipped.agent];
  assert.deepEqual(
    of("ENTRYPOINT").map((text) => JSON.parse(text)),
    expected.map(({ entrypoint }) => entrypoint),
  );
  // The agent's stage names none, and the base image's is root, as is that of an image without one.
  assert.deepEqual(of("USER"), [shipped.controller.user]);
  assert.equal("user" in shipped.agent, false);
  const [, installed = ""] = /--no-install-recommends ([a-z0-9 -]+)/.exec(of("RUN")[0]!) ?? [];
  // Debian marks these as essential, so every base image has them.
  const essential = ["coreutils", "dash", "util-linux"];
  const packages = new Set<string>(Object.values(agentPrograms));
  assert.deepEqual(installed.trim().split(" "), [...packages].filter((name) => !essential.includes(name)).sort());
});
