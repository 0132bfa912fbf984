// The end of a response is found however the bytes are split; any status but 200 is an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseReader } from "./response-reader.ts";

const response = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 12\r\nx-route: batch\r\n\r\nhello\r\n\r\nyou");
const empty = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

test("response reader: whole responses are counted, several in one piece too", () => {
  const reader = new ResponseReader();
  assert.equal(reader.read(response, response.length), 1);
  const three = Buffer.concat([response, empty, response]);
  assert.equal(reader.read(three, three.length), 3);
});

test("response reader: a response counts when its last byte arrives, wherever it is split", () => {
  const two = Buffer.concat([response, empty]);
  for (let cut = 1; cut < response.length; cut++) {
    const reader = new ResponseReader();
    assert.equal(reader.read(two.subarray(0, cut), cut), 0, `cut after ${cut} bytes`);
    assert.equal(reader.read(two.subarray(cut), two.length - cut), 2, `cut after ${cut} bytes`);
  }
});

test("response reader: bytes in the buffer after the chunk are not read", () => {
  const reader = new ResponseReader();
  assert.equal(reader.read(response, response.length - 3), 0);
  assert.equal(reader.read(Buffer.from("you"), 3), 1);
});

test("response reader: another status and a missing content-length are errors", () => {
  const refused = Buffer.from("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
  assert.throws(() => new ResponseReader().read(refused, refused.length), /Envoy answered: HTTP\/1.1 503/);
  const chunked = Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
  assert.throws(() => new ResponseReader().read(chunked, chunked.length), /without a content-length/);
});
