// Each refusal names the file or the reason; nothing is loaded here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, unload } from "./scavenger.ts";

test("refused: a file that is not there, and one that is no object of the scavenger", async () => {
  for (const act of [load, unload]) {
    await assert.rejects(act("absent.o"), { problems: ["--file absent.o: is not there; the npm package contains it"] });
    await assert.rejects(act(import.meta.filename), (error: { problems: readonly string[] }) =>
      /^ObjectMissing: .*scavenger\.test\.ts names no congestion control$/.test(error.problems[0]!),
    );
  }
});

test("refused: a machine without bpftool", async (t) => {
  const path = process.env.PATH;
  t.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = "";
  const object = new URL("../../../../scavenger/scavenger.bpf.o", import.meta.url).pathname;
  const expected = /^ToolMissing: bpftool is not installed, .* spawn bpftool ENOENT$/;
  for (const act of [load, unload])
    await assert.rejects(act(object), (error: { problems: readonly string[] }) => expected.test(error.problems[0]!));
});
