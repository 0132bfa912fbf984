// Several commands in one process: outputs and failures are told apart, and nothing in an argument is interpreted.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withoutNamespaces } from "../../test/veth-pair.ts";
import { CommandError, inNamespace } from "./namespace.ts";
import { outputOf, readCharacter, runAll, runAllIn, writeLine } from "./run-all.ts";

const here = inNamespace(undefined)!;
const folder = mkdtempSync(join(tmpdir(), "expedite-run-all-"));
after(() => rmSync(folder, { recursive: true }));

test("each command has its own output, exit code and error text", async () => {
  const results = await runAll(here, [
    ["printf", "%s", "first"],
    ["ls", "/nowhere"],
    ["true"],
    ["no-such-program"],
    ["node", "-e", 'console.log("out"); console.error("warning")'],
    ["node", "-e", 'console.log("half"); console.error("one"); console.error("two"); process.exit(3)'],
  ]);
  assert.deepEqual([results[0], results[2], results[4]], ["first", "", "out\n"]);
  const errors = [results[1], results[3], results[5]].map((result) => {
    assert.ok(result instanceof CommandError);
    return result;
  });
  assert.match(errors[0]!.message, /^ls \/nowhere: ls: .*No such file/);
  assert.match(errors[1]!.stderr, /no-such-program: (command )?not found$/);
  assert.equal(errors[2]!.stderr, "one\ntwo");
  assert.throws(() => outputOf(results[1]), CommandError);
});

test("nothing in a word is interpreted", async () => {
  const words = ["$HOME", "$(id)", "`id`", "a b", "*", "; echo", "'", '"', "\\n", "-n", "é", "\t", "%s", "&& true"];
  const [text] = await runAll(here, [["node", "-p", "JSON.stringify(process.argv.slice(1))", "--", ...words]]);
  assert.deepEqual(JSON.parse(outputOf(text)), words);
  for (const word of ["a\nb", ""]) await assert.rejects(runAll(here, [["echo", word]]), /cannot be a word/);
});

test("files are read and written, and large outputs arrive whole", async () => {
  const file = join(folder, "$(value) 1");
  const results = await runAll(here, [
    writeLine(file, "a  $b\\c"),
    readCharacter("/proc/sys/net/ipv4/tcp_timestamps"),
    readCharacter(join(folder, "missing")),
    writeLine(join(folder, "missing", "file"), "x"),
    ["node", "-e", 'process.stdout.write("x".repeat(3e6))'],
  ]);
  assert.equal(readFileSync(file, "utf8"), "a  $b\\c\n");
  assert.match(outputOf(results[1]), /^[012]$/);
  assert.match((results[2] as CommandError).stderr, /missing: No such file/);
  assert.ok(results[3] instanceof CommandError);
  assert.equal(outputOf(results[4]).length, 3e6);
});

test("in several namespaces each command runs in its own, and one that is missing fails alone", {
  skip: await withoutNamespaces(),
}, async () => {
  const names = ["xp-all-1", "xp-all-2"];
  for (const name of names) {
    await here("ip", ["netns", "add", name]);
    await inNamespace(name)!("ip", ["link", "add", name, "type", "veth", "peer", "name", "other"]);
  }
  const places = ["xp-all-1", "xp-none", "xp-all-2"].map((name) => ({
    file: `/run/netns/${name}`,
    commands: [
      ["ip", "-br", "link", "show", "dev", name],
      ["ls", "/nowhere"],
      ["printf", "%s", "a $b *"],
    ] as const,
  }));
  const [one, none, two] = await runAllIn(here, places);
  for (const [index, outputs] of [one, two].entries()) {
    assert.ok(Array.isArray(outputs));
    assert.match(outputOf(outputs[0]), new RegExp(`^${names[index]}@`));
    assert.ok(outputs[1] instanceof CommandError);
    assert.equal(outputs[2], "a $b *");
  }
  assert.ok(none instanceof CommandError);
  assert.match(none.message, /^nsenter --net=\/run\/netns\/xp-none sh -c …: nsenter: cannot open/);
  for (const name of names) await here("ip", ["netns", "delete", name]);
});
