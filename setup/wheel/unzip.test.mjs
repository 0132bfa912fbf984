// Extracting one file from a zip, and the messages for damaged ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeZip } from "./make-zip.mjs";
import { readEntry } from "./unzip.mjs";

const zip = makeZip({ "a/first": "one", "envoy/_bin/envoy": "the program ".repeat(1000), last: "" });

test("a file is read by its name", () => {
  assert.equal(readEntry(zip, "a/first").toString(), "one");
  assert.equal(readEntry(zip, "envoy/_bin/envoy").toString(), "the program ".repeat(1000));
  assert.equal(readEntry(zip, "last").toString(), "");
});

const changed = (at, value) => {
  const copy = Buffer.from(zip);
  copy.writeUInt32LE(value, at);
  return copy;
};
const directory = zip.indexOf("PK\x01\x02");

const damaged = {
  "not a zip file": [Buffer.from("<html>Not found</html>"), /damaged: it has no directory/],
  "an empty file": [Buffer.alloc(0), /it has no directory/],
  "a file that ends early": [zip.subarray(0, directory + 20), /it has no directory/],
  "a directory that is elsewhere": [changed(zip.length - 6, 7), /its directory ends early/],
  "a directory past the end": [changed(zip.length - 6, 0x7fffffff), /damaged/],
  "a content that differs": [changed(directory + 16, 1), /has the wrong checksum/],
  "an unknown method": [changed(directory + 8, 0x000c0000), /packed by method 12/],
  "a file that begins nowhere": [changed(directory + 42, 3), /there is no file where/],
};

for (const [name, [bytes, says]] of Object.entries(damaged))
  test(`refused: ${name}`, () => {
    assert.throws(() => readEntry(bytes, "a/first"), says);
  });

test("refused: a file that is not in it", () => {
  assert.throws(() => readEntry(zip, "envoy"), /it contains no envoy/);
});
