// Istio's own table of paths (tests/integration/security: path normalization) and what people tried to go round rules with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { normalized } from "./path.ts";

const base: readonly (readonly [string, string])[] = [
  ["/", "/"],
  ["/app#foo", "/app"],
  ["/app/", "/app/"],
  ["/app/../admin", "/admin"],
  ["/app//", "/app//"],
  ["/app/%2f", "/app/%2f"],
  ["/app%2f/", "/app%2f/"],
  ["/xyz%30..//abc", "/xyz0..//abc"],
  ["/app/%2E./admin", "/admin"],
  ["/app\\admin", "/app/admin"],
  ["/app/\\/\\/\\admin", "/app//////admin"],
  ["/%2Fapp%5cadmin%5Cabc", "/%2Fapp%5cadmin%5Cabc"],
  ["/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\\abc", "/%5Capp%2f%5c%2F..%2fadmin%5c/abc"],
  ["/app//../admin", "/app/admin"],
  ["/app//../../admin", "/admin"],
  ["/a/../export/all", "/export/all"],
  ["/%65xport/all?page=%65", "/export/all?page=%65"],
  ["//export", "//export"],
  ["/a/..", "/"],
  ["/../../a/.", "/a/"],
];

test("BASE, Istio's default, removes dots and decodes what may be written plainly, and keeps slashes", () => {
  for (const [path, seen] of base) {
    assert.equal(normalized(path), seen);
    assert.equal(normalized(seen), seen, "once is enough");
  }
});

test("the mesh config may ask for less, or for more", () => {
  for (const path of ["/app/../admin", "/%65xport", "//a"]) assert.equal(normalized(path, "NONE"), path);
  assert.equal(normalized("//export///all/%2f", "MERGE_SLASHES"), "/export/all/%2f");
  assert.equal(normalized("/a%2f..%5Cb//c", "DECODE_AND_MERGE_SLASHES"), "/b/c");
});
