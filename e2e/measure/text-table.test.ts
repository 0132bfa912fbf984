// The terminal table: aligned, and without colours when the output is not a terminal.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { painter, textTable } from "./text-table.ts";

const plain = (_style: unknown, text: string): string => text;

test("names are on the left, numbers on the right, intervals below their values", () => {
  const rows = [
    [{ text: "mesh" }, { text: "38.8", note: "35.0–44.0" }, { text: "—" }],
    [{ text: "packets" }, { text: "5.61" }, { text: "6.92 ×" }],
  ];
  assert.deepEqual(textTable(["arm", "p99", "gain"], rows, plain).split("\n"), [
    "  arm            p99    gain",
    "  mesh          38.8       —",
    "           35.0–44.0",
    "  packets       5.61  6.92 ×",
  ]);
});

test("a stream that is not a terminal gets no colours", () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  assert.equal(painter(stream)("red", "text"), "text");
});
