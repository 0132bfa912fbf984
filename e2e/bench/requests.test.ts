// The bench's requests: all shapes have the same size, and ids are new or repeat as the shape says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestBytes, requestHeaders, requestPath, type Shape } from "./requests.ts";
import { outside, stored, variants } from "./variants.ts";

const shapes: readonly Shape[] = [outside, stored, ...variants().map(({ shape }) => shape)];

function textOf(shape: Shape, index: number): string {
  const request = new RequestBytes(shape);
  request.set(index);
  return request.bytes.toString("latin1");
}

test("requests: all shapes have the same size and number of headers", () => {
  const size = ({ length }: string): number => length;
  assert.equal(new Set(shapes.map((shape) => size(textOf(shape, 1)))).size, 1);
  assert.equal(new Set(shapes.map((shape) => textOf(shape, 1).split("\r\n").length)).size, 1);
});

test("requests: the bytes match the headers", () => {
  for (const shape of shapes) {
    const lines = Object.entries(requestHeaders(shape, 5000)).map(([name, value]) => `${name}: ${value}\r\n`);
    assert.equal(textOf(shape, 5000), `GET ${requestPath} HTTP/1.1\r\n${lines.join("")}\r\n`);
  }
});

test("requests: ids differ, and repeat after as many requests as the shape says", () => {
  const ids = (shape: Shape): number =>
    new Set(Array.from({ length: 20_000 }, (_, index) => requestHeaders(shape, index)["x-request-id"])).size;
  assert.equal(ids({ ...outside, ids: 0 }), 20_000);
  assert.equal(ids(outside), outside.ids);
});

test("requests: outbound asks for the ids that were stored", () => {
  assert.equal(requestHeaders(outside, 4711)["x-request-id"], requestHeaders(stored, 4711)["x-request-id"]);
});
